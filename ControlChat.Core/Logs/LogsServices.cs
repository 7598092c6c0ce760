using ControlChat.Core.Logs.Sqlite;
using ControlChat.Core.Settings;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Logs;

public static class LogsServices
{
    /// <summary>The hub's own log, searchable.</summary>
    public static IServiceCollection AddLogs(this IServiceCollection services) => services
        .AddSingleton<ILogStore>(s => new SqliteLogStore(s.GetRequiredService<LoadedSettings>().Paths.Logs))
        .AddSingleton<ILogReader, LogReader>();

    /// <summary>The hosted work: indexing and retention. Needs the files of <c>AddTelemetry</c>.</summary>
    public static IServiceCollection AddLogKeeper(this IServiceCollection services) => services.AddHostedService<LogKeeper>();
}
