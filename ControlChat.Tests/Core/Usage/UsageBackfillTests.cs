using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Usage;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.Core.Usage;

/// <summary>A hub that served before anything was counted is upgraded: what it has stored is counted, once.</summary>
public abstract class UsageBackfillTests(TestStore store)
{
    [Fact]
    public async Task What_was_stored_before_is_counted_once_over_a_kill_and_by_two_processes()
    {
        await using var hub = await StoredAsync(calls: 3 * UsageBackfill.Batch);
        await using var after = await UpgradeAsync(hub);
        using (var killed = Backfill(after))
        {
            Assert.True(await killed.TakeAsync(default));
            Assert.True(await killed.TakeAsync(default));
        }
        Assert.InRange((await hub.ReadAsync(UsageBy.Day)).Total.Calls, 1, 3 * UsageBackfill.Batch - 1);

        await Task.WhenAll(EndAsync(after), EndAsync(after));

        var total = (await hub.ReadAsync(UsageBy.Day)).Total;
        Assert.Equal((3 * UsageBackfill.Batch, 3 * UsageBackfill.Batch / 10), (total.Calls, total.Errors));
        Assert.Null(total.P95Ms);
        Assert.Equal(0, await hub.FindAsync<long>("select count(*) from usage_backfill"));
        using var again = Backfill(after);
        Assert.False(await again.TakeAsync(default));
    }

    [Fact]
    public async Task Runs_and_sessions_bring_their_tokens_and_those_under_way_what_they_used_so_far()
    {
        await using var hub = await StoredAsync(calls: 0);
        await AddRunAsync(hub, "run_1", "completed", 100, 10, "2026-11-20T10:00:00.000Z", "2026-11-20T10:00:20.000Z");
        await AddRunAsync(hub, "run_2", "failed", 50, 5, "2026-11-20T11:00:00.000Z", "2026-11-20T11:00:01.000Z");
        await AddRunAsync(hub, "run_3", "waiting", 7, 3, "2026-11-20T12:00:00.000Z", null);
        await AddRunAsync(hub, "run_4", "completed", 1, 1, "2024-01-01T12:00:00.000Z", "2024-01-01T12:00:01.000Z");
        await AddSessionAsync(hub, "ses_1", "failed", 1_000, 200, "2026-11-19T10:00:00.000Z", "2026-11-19T11:00:00.000Z");
        await AddSessionAsync(hub, "ses_2", null, 40, 20, "2026-11-20T10:00:00.000Z", null);
        await using var after = await UpgradeAsync(hub);

        await EndAsync(after);

        var report = await hub.ReadAsync(UsageBy.Day, "acc_ben");
        Assert.Equal((2, 1, 1_197, 238), (report.Total.Runs, report.Total.RunsFailed, report.Total.TokensIn, report.Total.TokensOut));
        Assert.Equal((1, 1, 3_600), (report.Total.Sessions, report.Total.SessionsFailed, report.Total.SessionSeconds));
        Assert.InRange(report.Total.RunP95Ms!.Value, 18_000, 22_000);
        Assert.Equal([(0L, 47L), (2L, 150L), (0L, 1_000L)], report.Items.Take(3).Select(i => (i.Runs, i.TokensIn)));
        // Three days of somebody who is the only one: the same as the hub's.
        Assert.Equal(report.Total, (await hub.ReadAsync(UsageBy.Day)).Total);
        Assert.Equal(0, await hub.FindAsync<long>("select count(*) from usage_days where day < '2025'"));
    }

    [Fact]
    public async Task Calls_over_mcp_and_by_agents_are_counted_by_their_own_rows_and_names_nobody_knows_as_one()
    {
        await using var hub = await StoredAsync(calls: 0);
        foreach (var (name, outcome, via, tool) in new[]
        {
            ("tool.applied", "completed", "mcp", "workspace.list"), ("mcp.called", "completed", "mcp", "workspace.list"),
            ("mcp.called", "started", "workspace_agent", "run_command"), ("mcp.called", "completed", "workspace_agent", "run_command"),
            ("mcp.called", "completed", "ask", "workspace.list"), ("mcp.called", "not_found", "mcp", "made.up"), ("tool.failed", "failed", "ask", "workspace.list"),
            ("signin.ok", "completed", "ui", ""),
        }) await AppendAsync(hub, name, outcome, via, tool);
        await using var after = await UpgradeAsync(hub);

        await EndAsync(after);

        Assert.Equal([("run_command", 1L, 0L), ("unknown", 1L, 1L), ("workspace.list", 2L, 1L)], (await hub.ReadAsync(UsageBy.Tool)).Items.OrderBy(i => i.Key, StringComparer.Ordinal).Select(i => (i.Key, i.Calls, i.Errors)));
    }

    [Fact]
    public async Task What_was_ordered_is_no_error_a_batch_is_one_call_and_what_passed_no_gate_is_none()
    {
        await using var hub = await StoredAsync(calls: 0);
        foreach (var entry in new[]
        {
            Entry("tool.applied", "ordered", "ask", "mcp.wiki.write_page"),
            // Three steps, one of which failed, and the row of their batch.
            Step("tool.applied", "completed", 0), Step("tool.applied", "completed", 1), Step("tool.failed", "failed", 2), Entry("tool.applied", "partial", "ask", "plan.batch"),
            Entry("tool.applied", "completed", "ui", "session.control"), Entry("tool.applied", "completed", "rest", "session.transcript"), Entry("tool.denied", "denied", "rest", "made.up"),
            Entry("tool.applied", "cancelled", "ui", "workspace.list"),
            Entry("tool.denied", "denied", "ui", "workspace.list") with { ApprovalId = "apr_1", Data = new JsonObject { ["reason"] = "second_person_required" } },
            Entry("tool.denied", "denied", "ui", "workspace.list"),
        }) await AppendAsync(hub, entry);
        await using var after = await UpgradeAsync(hub);

        await EndAsync(after);

        Assert.Equal(
            [("mcp.wiki.write_page", 1L, 0L), ("plan.batch", 1L, 1L), ("workspace.list", 1L, 1L)],
            (await hub.ReadAsync(UsageBy.Tool)).Items.OrderBy(i => i.Key, StringComparer.Ordinal).Select(i => (i.Key, i.Calls, i.Errors)));

        static AuditEntry Step(string name, string outcome, int step) => Entry(name, outcome, "ask", "workspace.list") with { Data = new JsonObject { ["batch_id"] = "act_1", ["step"] = step } };
    }

    [Fact]
    public async Task It_goes_on_by_itself_when_the_database_comes_back()
    {
        await using var hub = await StoredAsync(calls: 10);
        await using var after = await UpgradeAsync(hub);
        var faulty = new FaultyDatabase(after) { OnRead = () => new HubUnavailableException("away", new TimeoutException()) };
        using var backfill = new UsageBackfill(faulty, new Names(), hub.Time, NullLogger<UsageBackfill>.Instance);
        await backfill.StartAsync(default);
        await Waiting.UntilAsync(() => faulty.Reads > 0 && hub.Time.Waiting > 0);
        faulty.OnRead = null;
        hub.Time.Advance(TimeSpan.FromSeconds(10));
        await Waiting.UntilAsync(async () =>
        {
            hub.Time.Advance(TimeSpan.FromSeconds(1));
            return await hub.FindAsync<long>("select count(*) from usage_backfill") == 0;
        });
        Assert.Equal(10, (await hub.ReadAsync(UsageBy.Day)).Total.Calls);
        await backfill.StopAsync(default);
    }

    /// <summary>Rows of a hub of the version before.</summary>
    private async Task<UsageHub> StoredAsync(int calls)
    {
        var hub = await UsageHub.OpenAsync(store);
        foreach (var table in new[] { "usage_days", "usage_marks", "usage_backfill" }) await hub.WriteAsync("drop table " + table);
        await hub.WriteAsync("delete from schema_versions where name = '037_usage'");
        using var pulse = new AuditPulse();
        var trail = new AuditTrail(hub.Database, pulse);
        await using var transaction = await hub.Database.BeginAsync(default);
        for (var i = 0; i < calls; i++)
            await trail.AppendAsync(transaction, Entry(i % 10 == 0 ? "tool.denied" : "tool.applied", i % 10 == 0 ? "denied" : "completed", "rest", "workspace.list"), default);
        await transaction.CommitAsync(default);
        return hub;
    }

    private static async Task<HubDatabase> UpgradeAsync(UsageHub hub)
    {
        var database = hub.Rows.Open(hub.Time);
        await database.MigrateAsync(default);
        // PostgreSQL's schema files go by the server's clock, not by a test's.
        await hub.WriteAsync("update usage_days set day = @day", new { day = UsageStore.DayOf(hub.Time.GetUtcNow()) });
        return database;
    }

    private static Task AppendAsync(UsageHub hub, string name, string outcome, string via, string tool) => AppendAsync(hub, Entry(name, outcome, via, tool));

    private static async Task AppendAsync(UsageHub hub, AuditEntry entry)
    {
        using var pulse = new AuditPulse();
        await new AuditTrail(hub.Database, pulse).AppendAsync(entry, default);
    }

    private static AuditEntry Entry(string name, string outcome, string via, string tool) =>
        new(name, outcome, new AuditActor("acc_ben", null, null, via)) { Tool = tool.Length == 0 ? null : tool, Data = new JsonObject() };

    private static async Task AddRunAsync(UsageHub hub, string id, string status, long input, long output, string started, string? ended)
    {
        await hub.WriteAsync("insert into conversations (id, owner_id, title, titled, created_at, updated_at) values ('conv_1', 'acc_ben', 't', 0, hub_now(), hub_now()) on conflict (id) do nothing");
        await hub.WriteAsync(
            """
            insert into runs (id, conversation_id, message_id, request_id, principal_key, account_id, status, input_tokens, output_tokens, created_at, started_at, ended_at)
            values (@id, 'conv_1', 'msg', @id, 'acc_ben', 'acc_ben', @status, @input, @output, @started, @started, @ended)
            """, new { id, status, input, output, started, ended });
    }

    private static Task<int> AddSessionAsync(UsageHub hub, string id, string? end, long input, long output, string started, string? ended) => hub.WriteAsync(
        """
        insert into sessions (id, workspace_id, owner_id, mode, profile, state, end_reason, request_id, principal_key, initial_message_state, input_tokens, output_tokens, created_at, queued_at, started_at, ended_at)
        values (@id, 'ws_1', 'acc_ben', 'chat', 'default', @state, @end, @id, 'acc_ben', 'none', @input, @output, @started, @started, @started, @ended)
        """, new { id, state = end is null ? "running" : "ended", end, input, output, started, ended });

    private UsageBackfill Backfill(HubDatabase database) => new(database, new Names(), TimeProvider.System, NullLogger<UsageBackfill>.Instance);

    private async Task EndAsync(HubDatabase database)
    {
        using var backfill = Backfill(database);
        while (await backfill.TakeAsync(default))
        {
        }
    }

    private sealed class Names : IUsageNames
    {
        public bool Has(string tool) => tool is "workspace.list" or "run_command" or "plan.batch" or "mcp.wiki.write_page";
    }
}

public sealed class UsageBackfillOnSqliteTests() : UsageBackfillTests(TestStore.Sqlite);

public sealed class UsageBackfillOnPostgresTests() : UsageBackfillTests(TestStore.Postgres);
