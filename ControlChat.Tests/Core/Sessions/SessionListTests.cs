using ControlChat.Core.Sessions;
using ControlChat.Tests.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions;

public abstract class SessionListTests(TestStore store) : OnEachDatabase(store, TimeProvider.System)
{
    private static readonly SessionFilter[] _filters =
    [
        new(), new(Open: true), new(Open: false), new(OwnerId: "acc_1"), new(OwnerId: "acc_1", Open: true), new(OwnerId: "acc_1", Open: false),
        new(WorkspaceId: "ws_1"), new(WorkspaceId: "ws_1", Open: true), new(WorkspaceId: "ws_1", Open: false), new(OwnerId: "acc_1", WorkspaceId: "ws_1", Open: true),
    ];

    private readonly SessionStore _sessions = new();

    [Fact]
    public async Task Pages_show_each_session_once_newest_first_and_no_other()
    {
        var all = await FillAsync(24);
        foreach (var filter in _filters)
        {
            var expected = all.Where(s => (filter.OwnerId ?? s.OwnerId) == s.OwnerId && (filter.WorkspaceId ?? s.WorkspaceId) == s.WorkspaceId && (filter.Open ?? !s.HasEnded) == !s.HasEnded)
                .Select(s => s.Id).OrderDescending(StringComparer.Ordinal).ToList();
            var seen = new List<string>();
            var cursor = (string?)null;
            do
            {
                var page = await ListAsync(filter with { Cursor = cursor, Limit = 5 });
                Assert.InRange(page.Items.Count, 0, 5);
                seen.AddRange(page.Items.Select(s => s.Id));
                cursor = page.NextCursor;
            }
            while (cursor is not null);
            Assert.Equal(expected, seen);
        }
    }

    [Fact]
    public async Task Every_statement_walks_along_an_index()
    {
        var all = await FillAsync(12);
        await using var session = await Database.ReadAsync(default);
        var plans = new PlanReader(session);
        foreach (var filter in _filters) await _sessions.ListAsync(plans, filter with { Cursor = all[6].Id }, default);
        await _sessions.FindAsync(plans, all[0].Id, default);
        await _sessions.FindByHandleAsync(plans, "x", default);
        await _sessions.FindRequestedAsync(plans, all[0].PrincipalKey, all[0].RequestId, default);
        await _sessions.ReadAsync(plans, all[0].Id, 0, 10, default);
        Assert.Empty(plans.Unindexed("sessions", "session_events"));
    }

    private async Task<SessionPage> ListAsync(SessionFilter filter)
    {
        await using var reader = await Database.ReadAsync(default);
        return await _sessions.ListAsync(reader, filter, default);
    }

    private async Task<List<Session>> FillAsync(int count)
    {
        var all = new List<Session>();
        for (var i = 0; i < count; i++)
        {
            var (session, _) = await SessionBench.StartedAsync(Database, SessionBench.Asked($"acc_{i % 2}", $"ws_{i % 3}"));
            if (i % 4 == 0) await SessionBench.EndAsync(Database, session.Id);
            all.Add(await SessionBench.ReadAsync(Database, session.Id));
        }
        return all;
    }
}

public sealed class SqliteSessionListTests() : SessionListTests(TestStore.Sqlite);

public sealed class PostgresSessionListTests() : SessionListTests(TestStore.Postgres);
