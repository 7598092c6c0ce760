using ControlChat.Core.Accounts;
using ControlChat.Core.Bus;
using ControlChat.Core.Bus.Local;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlChat.Tests.Support;

/// <summary>A migrated hub database with the bus and the outbox over it. Opening the same rows again is a restart.</summary>
public sealed class CoreHub : IAsyncDisposable
{
    private readonly StoredRows? _own;
    private readonly Outbox _outbox;

    private CoreHub(StoredRows? own, HubDatabase database, TimeProvider time, IReadOnlyList<IOutboxHandler> handlers)
    {
        _own = own;
        Database = database;
        LocalBus = new LocalBus(database, time, NullLogger<LocalBus>.Instance);
        _outbox = new Outbox(database, LocalBus, handlers, time, NullLogger<Outbox>.Instance);
    }

    public HubDatabase Database { get; }

    public IBus Bus => LocalBus;

    internal LocalBus LocalBus { get; }

    public static async Task<CoreHub> OpenAsync(TestStore store, TimeProvider time, params IReadOnlyList<IOutboxHandler> handlers)
    {
        var rows = await store.NewAsync();
        return await OpenAsync(rows, rows, time, handlers);
    }

    /// <summary>Opens rows that may exist; they stay when this is disposed.</summary>
    public static Task<CoreHub> ReopenAsync(StoredRows rows, TimeProvider time, params IReadOnlyList<IOutboxHandler> handlers) => OpenAsync(rows, null, time, handlers);

    public Task StartAsync() => _outbox.StartAsync(CancellationToken.None);

    /// <summary>Stops without any goodbye that a kill would not have: nothing is flushed.</summary>
    public Task StopOutboxAsync() => _outbox.StopAsync(CancellationToken.None);

    public async Task WriteAsync(Func<IHubTransaction, Task> write)
    {
        await using var transaction = await Database.BeginAsync(CancellationToken.None);
        await write(transaction);
        await transaction.CommitAsync(CancellationToken.None);
    }

    public async Task<T?> ReadAsync<T>(string sql, object? arguments = null)
    {
        await using var reader = await Database.ReadAsync(CancellationToken.None);
        return await reader.FindAsync<T>(sql, arguments, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _outbox.StopAsync(CancellationToken.None);
        _outbox.Dispose();
        await LocalBus.DisposeAsync();
        await Database.DisposeAsync();
        if (_own is not null) await _own.DisposeAsync();
    }

    private static async Task<CoreHub> OpenAsync(StoredRows rows, StoredRows? own, TimeProvider time, IReadOnlyList<IOutboxHandler> handlers)
    {
        var database = rows.Open(time);
        await database.MigrateAsync(CancellationToken.None);
        return new CoreHub(own, database, time, handlers);
    }
}

/// <summary>Settings that a test can change while it runs.</summary>
public sealed class TestSettings : IHubSettings
{
    public HubOptions Current { get; set; } = new();

    public HubPaths Paths { get; set; } = new("/nowhere", "/nowhere-workspaces", "/nowhere-workspaces/local", "/nowhere/checkpoints");
}

/// <summary>People and tokens of tests.</summary>
public static class TestPrincipals
{
    public static Principal Person(string account, string role = "member") =>
        new(account, account, role, $"ses_{account}", null, null, TokenScopes.All, DateTimeOffset.UnixEpoch);

    public static Principal Token(string account, string token = "tok_1", TokenScopes scopes = TokenScopes.All) =>
        new(account, account, "member", null, token, token, scopes, DateTimeOffset.UnixEpoch);
}
