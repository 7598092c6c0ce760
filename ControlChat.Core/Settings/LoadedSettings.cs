using ControlChat.Core.Hub;

namespace ControlChat.Core.Settings;

/// <summary>What the operator set, checked: made once at start, before anything else.</summary>
public sealed class LoadedSettings
{
    internal LoadedSettings(SettingValues values, HubPaths paths, HubSecrets secrets)
    {
        (Values, Paths, Secrets) = (values, paths, secrets);
        Options = OptionsBinder.Bind(values.Entries);
    }

    public HubOptions Options { get; }

    public HubPaths Paths { get; }

    public HubSecrets Secrets { get; }

    /// <summary>Where the hub's rows are.</summary>
    public HubPlace Place => Options.Hub.Store == "postgres"
        ? new HubPlace(Paths.DataDirectory, Secrets.Find("Hub:ConnectionString"), Secrets.Find("Hub:KeyEncryptionKey"))
        : new HubPlace(Paths.DataDirectory);

    internal SettingValues Values { get; }

    /// <summary>Where the operator's value of a setting comes from.</summary>
    public SettingSource SourceOf(string key) => Values.Sources.GetValueOrDefault(key, SettingSource.Default);
}

/// <param name="Entries">Full key (list entries too) to canonical text.</param>
/// <param name="Sources">Setting key to where it was set; absent for defaults.</param>
internal sealed record SettingValues(IReadOnlyDictionary<string, string> Entries, IReadOnlyDictionary<string, SettingSource> Sources);
