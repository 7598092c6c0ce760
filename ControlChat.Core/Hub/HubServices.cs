using ControlChat.Core.Hub.Sqlite;
using ControlChat.Core.Settings;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Hub;

public static class HubServices
{
    /// <summary>The hub's database: <c>hub.db</c> in the data directory.</summary>
    public static IServiceCollection AddHub(this IServiceCollection services) => services
        .AddSingleton<HubDatabase>(p => new SqliteHubDatabase(
            Path.Combine(p.GetRequiredService<IHubSettings>().Paths.DataDirectory, "hub.db"), p.GetRequiredService<TimeProvider>()));
}
