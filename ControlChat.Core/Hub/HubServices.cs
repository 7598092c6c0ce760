using ControlChat.Core.Hub.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Hub;

public static class HubServices
{
    /// <summary>The version of the SQLite library that serves.</summary>
    public static string SqliteVersion() => SqliteHubDatabase.LibraryVersion;

    /// <summary>The hub's database: <c>hub.db</c> in the data directory.</summary>
    /// <param name="dataDirectory">Absolute; it must exist before the database is first used.</param>
    public static IServiceCollection AddHub(this IServiceCollection services, Func<IServiceProvider, string> dataDirectory) => services
        .AddSingleton<HubDatabase>(p => new SqliteHubDatabase(Path.Combine(dataDirectory(p), "hub.db"), p.GetRequiredService<TimeProvider>()))
        .AddSingleton<IReadinessPart, HubReadiness>();
}
