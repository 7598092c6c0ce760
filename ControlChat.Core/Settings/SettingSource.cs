using Microsoft.Extensions.Configuration;

namespace ControlChat.Core.Settings;

/// <summary>Where a value comes from.</summary>
public enum SettingSource
{
    Default,
    File,
    Environment,
    CommandLine,

    /// <summary>An admin changed it, or a person for themselves.</summary>
    Changed,
}

internal static class SettingSources
{
    /// <summary>In words: <c>default</c>, <c>the file</c>, <c>the environment</c>, <c>the command line</c>.</summary>
    public static string Words(this SettingSource source) => source switch
    {
        SettingSource.File => "the file",
        SettingSource.Environment => "the environment",
        SettingSource.CommandLine => "the command line",
        SettingSource.Changed => "changed",
        _ => "default",
    };

    // By name, because the core knows none of the packages these providers come from.
    public static SettingSource Of(IConfigurationProvider provider)
    {
        for (var type = provider.GetType(); type is not null; type = type.BaseType)
        {
            if (type.Name == "FileConfigurationProvider") return SettingSource.File;
            if (type.Name == "CommandLineConfigurationProvider") return SettingSource.CommandLine;
        }
        return SettingSource.Environment;
    }
}
