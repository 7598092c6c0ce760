using ControlChat.Core.Settings;
using Microsoft.Extensions.Logging.Console;

namespace ControlChat.App.Start;

/// <summary>Where settings come from, the same for the hub and the commands beside it: file, then environment, then command line.</summary>
internal static class HubConfigurationSource
{
    /// <param name="settings">As on the command line.</param>
    /// <exception cref="SettingsException">At least one fault.</exception>
    public static LoadedSettings Load(string[] settings) => HubConfiguration.Load(
        new ConfigurationBuilder().SetBasePath(AppContext.BaseDirectory).AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables().AddCommandLine(settings).Build(),
        Environment.CurrentDirectory, Environment.GetEnvironmentVariable);

    /// <summary>stdout is for what was asked for; every log line goes to stderr.</summary>
    public static void LogToStandardError(IServiceCollection services) =>
        services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
}
