using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Dapper;
using Xunit;

namespace ControlChat.Tests.Core.Audit;

/// <summary>Every statement behind the page and its API walks along an index and sorts nothing, whatever the size of the record.</summary>
public abstract class AuditPlanTests(TestStore store)
{
    private static readonly string[] Growing = ["audit", "audit_fields", "audit_activity", "audit_words"];

    private static readonly AuditFilter[] Filters =
    [
        AuditFilter.None,
        new() { Event = "tool.applied" },
        new() { Outcome = "completed" },
        new() { Account = "acc_1" },
        new() { Tool = "workspace.create" },
        new() { WorkspaceId = "ws_1" },
        new() { RunId = "run_1" },
        new() { ActionId = "act_1" },
        new() { ActionId = "act_1", Tool = "workspace.create", Account = "acc_1" },
        new() { From = DateTimeOffset.UnixEpoch },
        new() { Tool = "workspace.create", From = DateTimeOffset.UnixEpoch },
        new() { Tool = "workspace.create", Outcome = "completed", From = DateTimeOffset.UnixEpoch },
        new() { Text = "row" },
        new() { Text = "row", Tool = "workspace.create" },
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_page_walks_along_an_index(bool clockWentBack)
    {
        await using var hub = await IndexedAsync();
        if (clockWentBack) hub.Time.Jump(hub.Time.GetUtcNow().AddHours(-1));
        await hub.AppendAsync(1);
        var audit = new AuditReader();
        foreach (var viewer in new[] { new AuditViewer("acc_1", true), new AuditViewer("acc_1", false) })
        {
            foreach (var filter in Filters)
            {
                await using var session = await hub.Database.ReadAsync(default);
                var plans = new PlanReader(session);
                await audit.SearchAsync(plans, viewer, filter, null, 50, default);
                await audit.SearchAsync(plans, viewer, filter, "30", 50, default);
                await audit.NewerAsync(plans, viewer, filter, 5, 50, default);
                await audit.CountNewerAsync(plans, viewer, filter, 5, 99, default);
                Assert.Empty(plans.Unindexed(Growing));
            }
        }
    }

    [Fact]
    public async Task The_chart_one_row_and_the_word_of_an_old_page_do_too()
    {
        await using var hub = await IndexedAsync();
        await hub.AppendAsync(1);
        var audit = new AuditReader();
        await using var session = await hub.Database.ReadAsync(default);
        var plans = new PlanReader(session);
        foreach (var viewer in new[] { new AuditViewer("acc_1", true), new AuditViewer("acc_1", false) })
        {
            await audit.ActivityAsync(plans, viewer, 1, 24, default);
            await audit.ActivityAsync(plans, viewer, 24, 30, default);
            await audit.FindAsync(plans, viewer, 3, default);
        }

        Assert.Empty(plans.Unindexed(Growing));
    }

    private async Task<AuditHub> IndexedAsync()
    {
        var hub = await AuditHub.CreateAsync(store, rows: 40);
        while (await hub.Indexer.IndexAsync(default) > 0) { }
        return hub;
    }
}

public sealed class AuditPlanOnPostgresTests() : AuditPlanTests(TestStore.Postgres)
{
    [Fact]
    public async Task A_rare_word_goes_through_the_index_of_its_letters()
    {
        await using var hub = await AuditHub.CreateAsync(TestStore.Postgres);
        await using (var filling = hub.Open())
            filling.Execute("insert into audit_words select g, ' ' || md5(cast(g as text)) || ' ' || md5(cast(g * 7 as text)) from generate_series(1, 20000) g; select gin_clean_pending_list('audit_words_trigram'); analyze audit_words");
        await using var session = await hub.Database.ReadAsync(default);
        var plan = string.Join('\n', await session.QueryAsync<string>(
            "explain select seq from audit_words where seq > 0 and seq < 900000 and words like '% needle%'", null, default));

        Assert.Contains("audit_words_trigram", plan, StringComparison.Ordinal);
    }
}

public sealed class AuditPlanOnSqliteTests() : AuditPlanTests(TestStore.Sqlite)
{
    private static readonly Dictionary<string, object?> Values = new()
    {
        ["After"] = 0,
        ["Before"] = 1000,
        ["Reach"] = 50,
        ["From"] = "2026",
        ["To"] = "2027",
        ["event"] = "x",
        ["outcome"] = "x",
        ["account"] = "x",
        ["tool"] = "x",
        ["workspace_id"] = "x",
        ["run_id"] = "x",
        ["action_id"] = "x",
    };

    public static TheoryData<string, AuditFilter> ByIndex => new()
    {
        { "audit_fields_event", new AuditFilter { Event = "x" } },
        { "audit_fields_outcome", new AuditFilter { Outcome = "x" } },
        { "audit_fields_account", new AuditFilter { Account = "x" } },
        { "audit_fields_tool", new AuditFilter { Tool = "x" } },
        { "audit_fields_workspace", new AuditFilter { WorkspaceId = "x" } },
        { "audit_fields_run", new AuditFilter { RunId = "x" } },
        { "audit_fields_action", new AuditFilter { ActionId = "x" } },
        { "audit_fields_action", new AuditFilter { ActionId = "x", Tool = "x", Account = "x" } },
        { "audit_fields_tool", new AuditFilter { Tool = "x", From = DateTimeOffset.UnixEpoch } },
    };

    [Theory]
    [MemberData(nameof(ByIndex))]
    public async Task A_filter_walks_along_its_index(string index, AuditFilter filter)
    {
        foreach (var newestFirst in new[] { true, false })
        {
            var plan = await PlanAsync(new AuditQuery(filter).SeqsSql(SqlDialect.Sqlite, index, newestFirst));

            Assert.Single(plan);
            Assert.Matches($"^SEARCH audit_fields USING (COVERING )?INDEX {index} \\(\\w+=\\? AND (rowid|seq)>\\? AND (rowid|seq)<\\?\\)$", plan[0]);
        }
    }

    private static async Task<IReadOnlyList<string>> PlanAsync(string sql)
    {
        await using var hub = await AuditHub.CreateAsync(TestStore.Sqlite, rows: 1);
        await using var session = await hub.Database.ReadAsync(default);
        return [.. (await session.QueryAsync<Step>("explain query plan " + sql, Values, default)).Select(s => s.Detail)];
    }

    private sealed record Step
    {
        public string Detail { get; init; } = "";
    }
}
