using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Work;
using ControlChat.Tests.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions;

/// <summary>The queue and the leases, on both databases.</summary>
public abstract class SessionClaimTests(TestStore store) : OnEachDatabase(store, TimeProvider.System)
{
    private readonly SessionStore _sessions = new();

    [Fact]
    public async Task Whose_owner_has_fewest_at_work_comes_first()
    {
        await SessionBench.StartedAsync(Database, SessionBench.Asked("acc_busy"));
        var busy = await SessionBench.QueuedAsync(Database, SessionBench.Asked("acc_busy"));
        var other = await SessionBench.QueuedAsync(Database, SessionBench.Asked("acc_other"));
        // Of the same millisecond either may come first.
        var asked = TimeProvider.System.GetUtcNow();
        await Waiting.UntilAsync(() => TimeProvider.System.GetUtcNow() - asked > TimeSpan.FromMilliseconds(2));
        var later = await SessionBench.QueuedAsync(Database, SessionBench.Asked("acc_other"));
        Assert.Equal([other.Id, later.Id, busy.Id], await ReadAsync(r => SessionClaims.QueueAsync(r, 10, default)));
        Assert.Equal([other.Id], await ReadAsync(r => SessionClaims.QueueAsync(r, 1, default)));
        Assert.Equal(2, await ReadAsync(r => SessionClaims.CountOpenAsync(r, "acc_busy", default)));
    }

    [Fact]
    public async Task A_session_whose_lease_is_over_is_taken_over_once_with_another_handle()
    {
        var (session, handle) = await SessionBench.StartedAsync(Database, SessionBench.Asked());
        Assert.Empty(await ReadAsync(r => SessionClaims.OrphansAsync(r, "wrk_2", false, default)));
        Assert.Equal([session.Id], await ReadAsync(r => SessionClaims.OrphansAsync(r, "wrk_2", true, default)));
        await WriteAsync(async t =>
        {
            await SessionClaims.ReleaseAsync(t, session.Id, session.Fence, default);
            return true;
        });
        Assert.Equal([session.Id], await ReadAsync(r => SessionClaims.OrphansAsync(r, "wrk_2", false, default)));
        var next = SessionHandle.New();
        var fence = await WriteAsync(t => SessionClaims.TakeOverAsync(t, session.Id, "wrk_2", false, t.Now.AddMinutes(1), next, default));
        Assert.Equal(session.Fence + 1, fence);
        Assert.Equal(0, await WriteAsync(t => SessionClaims.TakeOverAsync(t, session.Id, "wrk_3", false, t.Now.AddMinutes(1), SessionHandle.New(), default)));
        Assert.Null(await ReadAsync(r => _sessions.FindByHandleAsync(r, handle.Hash, default)));
        Assert.NotNull(await ReadAsync(r => _sessions.FindByHandleAsync(r, next.Hash, default)));
        // Who lost it can neither end it nor say anything in it.
        Assert.False(await WriteAsync(t => _sessions.EndAsync(t, session.Id, session.Fence, SessionEnd.Failed, null, default)));
        Assert.Equal(0, await WriteAsync(t => _sessions.AppendAsync(t, session.Id, session.Fence, [new SessionEvent(SessionEvents.System, [])], default)));
        Assert.True(await WriteAsync(t => _sessions.EndAsync(t, session.Id, fence, SessionEnd.Completed, null, default)));
    }

    [Fact]
    public async Task What_is_over_or_idle_too_long_is_due()
    {
        var (over, _) = await SessionBench.StartedAsync(Database, SessionBench.Asked(), TimeSpan.FromMilliseconds(-1));
        var (idle, _) = await SessionBench.StartedAsync(Database, SessionBench.Asked());
        var (used, _) = await SessionBench.StartedAsync(Database, SessionBench.Asked());
        foreach (var session in new[] { idle, used }) await WriteAsync(t => _sessions.MoveAsync(t, session.Id, session.Fence, SessionState.Starting, SessionState.Idle, default));
        await WriteAsync(async t =>
        {
            await SessionClaims.TouchAsync(t, idle.Id, t.Now.AddSeconds(-1), default);
            await SessionClaims.TouchAsync(t, used.Id, t.Now.AddMinutes(1), default);
            return true;
        });
        var due = await ReadAsync(r => SessionClaims.DueAsync(r, default));
        Assert.Equal(new[] { over.Id, idle.Id }.Order(), due.Order());
        foreach (var (id, reason) in new[] { (over.Id, "expired"), (idle.Id, "idle"), (used.Id, null) })
            Assert.Equal(reason, await WriteAsync(t => SessionClaims.HoldDueAsync(t, id, default)));
        // Somebody says something after it was found.
        await WriteAsync(async t =>
        {
            await SessionClaims.TouchAsync(t, idle.Id, t.Now.AddMinutes(1), default);
            return true;
        });
        Assert.Null(await WriteAsync(t => SessionClaims.HoldDueAsync(t, idle.Id, default)));
    }

    private Task<T> WriteAsync<T>(Func<IHubTransaction, Task<T>> write) => Database.WriteAsync(write);

    private async Task<T> ReadAsync<T>(Func<IHubReader, Task<T>> read)
    {
        await using var reader = await Database.ReadAsync(default);
        return await read(reader);
    }
}

public sealed class SqliteSessionClaimTests() : SessionClaimTests(TestStore.Sqlite);

public sealed class PostgresSessionClaimTests() : SessionClaimTests(TestStore.Postgres);
