using Microsoft.Extensions.Logging.Console;

namespace ControlChat.App.Start;

/// <summary>Where settings come from, the same for the hub and the commands beside it: file, then environment, then command line.</summary>
internal static class HubConfigurationSource
{
    /// <param name="settings">As <c>--name=value</c>.</param>
    public static BoundHubSettings Load(string[] settings) => new(new ConfigurationBuilder()
        .SetBasePath(AppContext.BaseDirectory).AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables().AddCommandLine(settings).Build());

    /// <summary>stdout is for what was asked for; every log line goes to stderr.</summary>
    public static void LogToStandardError(IServiceCollection services) =>
        services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
}
