using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Audit;

/// <summary>Every query of a list walks along an index and sorts nothing, whatever the size of the record.</summary>
public sealed class AuditPlanTests
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

    public static TheoryData<string, AuditFilter> Filters => new()
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
    [MemberData(nameof(Filters))]
    public async Task A_filter_walks_along_its_index(string index, AuditFilter filter)
    {
        foreach (var newestFirst in new[] { true, false })
        {
            var plan = await PlanAsync(new AuditQuery(filter).SeqsSql(SqlDialect.Sqlite, index, newestFirst));

            Assert.Single(plan);
            Assert.Matches($"^SEARCH audit_fields USING (COVERING )?INDEX {index} \\(\\w+=\\? AND (rowid|seq)>\\? AND (rowid|seq)<\\?\\)$", plan[0]);
        }
    }

    [Fact]
    public async Task Without_a_filter_it_walks_along_the_rows()
    {
        foreach (var newestFirst in new[] { true, false })
            Assert.Equal(["SEARCH audit_fields USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"], await PlanAsync(new AuditQuery(AuditFilter.None).SeqsSql(SqlDialect.Sqlite, null, newestFirst)));
    }

    [Theory]
    [InlineData("select seq from audit_fields where at >= @From order by at, seq limit 1", "SEARCH audit_fields USING COVERING INDEX audit_fields_at (at>?)")]
    [InlineData("select hour, kind, rows from audit_activity where account = @account and hour >= @From and hour < @To", "SEARCH audit_activity USING PRIMARY KEY (account=? AND hour>? AND hour<?)")]
    [InlineData("select seq, body from audit where seq > @After and seq <= @Before order by seq limit 50", "SEARCH audit USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)")]
    [InlineData("select seq, body from audit where seq = @After", "SEARCH audit USING INTEGER PRIMARY KEY (rowid=?)")]
    public async Task Time_ranges_charts_exports_and_single_rows_do_too(string sql, string plan) => Assert.Equal([plan], await PlanAsync(sql));

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
