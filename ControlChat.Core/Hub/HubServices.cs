using ControlChat.Core.Hub.Postgres;
using ControlChat.Core.Hub.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Hub;

/// <summary>Where the hub's rows are.</summary>
/// <param name="DataDirectory">Absolute; it must exist before the database is first used. <c>hub.db</c> lies there, unless there is a connection string.</param>
/// <param name="ConnectionString">Of PostgreSQL; null for SQLite.</param>
/// <param name="KeyEncryptionKey">32 bytes in base64; needed with a connection string.</param>
public sealed record HubPlace(string DataDirectory, string? ConnectionString = null, string? KeyEncryptionKey = null)
{
    // Both are secrets, and a record prints its members.
    public override string ToString() => nameof(HubPlace);
}

public static class HubServices
{
    /// <summary>The hub's database, and the keys it keeps.</summary>
    public static IServiceCollection AddHub(this IServiceCollection services, Func<IServiceProvider, HubPlace> place) => services
        .AddSingleton<HubDatabase>(p => Open(place(p), p.GetRequiredService<TimeProvider>()))
        .AddSingleton(p => new HubKeyring(place(p).KeyEncryptionKey is { } key && p.GetRequiredService<HubDatabase>() is PostgresHubDatabase shared
            ? new PostgresKeys(shared, KeySeal.Of(key) ?? throw new ArgumentException("Hub:KeyEncryptionKey is not 32 bytes in base64."))
            : null))
        .AddSingleton<IReadinessPart, HubReadiness>();

    /// <summary>Null when it can be read as a connection string, else what is wrong, without repeating it.</summary>
    public static string? ConnectionStringFault(string connectionString)
    {
        try
        {
            _ = PostgresLimits.Of(connectionString);
            return null;
        }
        catch (ArgumentException)
        {
            return "Hub:ConnectionString is no connection string; use a form such as 'Host=db;Database=controlchat;Username=controlchat_app;Password=…'.";
        }
    }

    private static HubDatabase Open(HubPlace place, TimeProvider time) => place.ConnectionString is { } at
        ? new PostgresHubDatabase(at, time)
        : new SqliteHubDatabase(Path.Combine(place.DataDirectory, "hub.db"), time);
}
