using System.Diagnostics;
using ControlChat.Core.Hub;
using ControlChat.Core.Hub.Sqlite;
using ControlChat.Tests.Support;
using Dapper;
using Microsoft.Data.Sqlite;
using Xunit;

namespace ControlChat.Tests.Core.Hub;

/// <summary>Another process holds the file: who writes hears of it soon, and all who wait hear of it together.</summary>
public sealed class SqliteBusyTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private readonly TempFolder _folder = new();
    private readonly SqliteHubDatabase _database;
    private readonly SqliteConnection _other;

    public SqliteBusyTests()
    {
        _database = new SqliteHubDatabase(_folder["hub.db"], TimeProvider.System);
        _other = SqliteLibrary.Open(_folder["hub.db"]);
    }

    public async ValueTask InitializeAsync() => await _database.MigrateAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _other.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Writers_hear_within_five_seconds_that_it_is_busy_however_many_wait()
    {
        _other.Execute("begin immediate");
        var since = Stopwatch.GetTimestamp();
        var writers = Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            await Assert.ThrowsAsync<HubUnavailableException>(() => _database.BeginAsync(CancellationToken.None));
            return Stopwatch.GetElapsedTime(since);
        }));
        Assert.All(await Task.WhenAll(writers), waited => Assert.True(waited < Soon, $"waited {waited}"));
        _other.Execute("rollback");
        await using var next = await _database.BeginAsync(CancellationToken.None);
        await next.CommitAsync(CancellationToken.None);
    }

    [Fact]
    public async Task What_can_wait_for_another_time_waits_for_nothing()
    {
        _other.Execute("begin immediate");
        var since = Stopwatch.GetTimestamp();
        Assert.Null(await _database.TryBeginAsync(CancellationToken.None));
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(2));
        _other.Execute("rollback");
        await using (var own = await _database.BeginAsync(CancellationToken.None)) Assert.Null(await _database.TryBeginAsync(CancellationToken.None));
        await using var free = await _database.TryBeginAsync(CancellationToken.None);
        Assert.NotNull(free);
    }
}
