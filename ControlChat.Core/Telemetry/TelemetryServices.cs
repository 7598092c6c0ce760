using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Telemetry;

public static class TelemetryServices
{
    /// <summary>The structured log on standard error and, where a directory is given, in files; instead of every other provider.</summary>
    /// <param name="services">The composition.</param>
    /// <param name="directory">Where the files go; null for a command that runs beside the hub, which owns them.</param>
    /// <param name="secrets">Removed by value wherever they would be logged.</param>
    public static IServiceCollection AddTelemetry(this IServiceCollection services, string? directory, IEnumerable<string> secrets)
    {
        var redactor = new Redactor();
        foreach (var secret in secrets) redactor.Add(secret);
        services.AddSingleton(redactor);
        if (directory is not null) services.AddSingleton(s => new LogFiles(directory, s.GetRequiredService<TimeProvider>()));
        return services
            .AddSingleton(s => new LogWriter(redactor, s.GetRequiredService<TimeProvider>(), s.GetService<LogFiles>(), Console.OpenStandardError()))
            .AddSingleton<ILoggerProvider, StructuredLog>();
    }
}
