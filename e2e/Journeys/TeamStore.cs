using System.Globalization;
using System.Security.Cryptography;
using ControlChat.Harness;
using ControlChat.Journeys;
using Xunit;

[assembly: AssemblyFixture(typeof(TeamStore))]

namespace ControlChat.Journeys;

/// <summary>What a team's hub stands on, PostgreSQL and Redis, started by the first journey that asks; every hub gets a database of its own in both.</summary>
public sealed class TeamStore : IAsyncDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly RedisServer _redis = new();
    private PostgresServer? _postgres;
    private int _hubs;

    public async Task<HubProcess> StartAsync(IReadOnlyDictionary<string, string>? settings)
    {
        var number = Interlocked.Increment(ref _hubs);
        var all = new Dictionary<string, string>
        {
            ["Hub:Store"] = "postgres",
            ["Hub:ConnectionString"] = await NewDatabaseAsync(),
            ["Hub:KeyEncryptionKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["Bus:Redis:Endpoint"] = _redis.Place.Endpoint,
            ["Bus:Redis:Password"] = _redis.Place.Password!,
            ["Bus:Redis:Database"] = number.ToString(CultureInfo.InvariantCulture),
            // Links sign in at any time, as on SQLite: a journey opens more than one browser.
            ["SignIn:Link"] = "true",
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string>()) all[key] = value;
        return await HubProcess.StartNodeAsync(all);
    }

    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null) await _postgres.DisposeAsync();
        await _redis.DisposeAsync();
        _one.Dispose();
    }

    private async Task<string> NewDatabaseAsync()
    {
        await _one.WaitAsync();
        try
        {
            if (_postgres is null) await _redis.ReadyAsync();
            _postgres ??= await PostgresServer.StartAsync();
            return await _postgres.CreateDatabaseAsync();
        }
        finally
        {
            _one.Release();
        }
    }
}
