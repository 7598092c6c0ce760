using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Audit;

public abstract class AuditEffectsTests(TestStore store)
{
    private const string Indexed = "select resource || ' ' || field || ' ' || seq from audit_effects order by resource, field, seq";

    [Fact]
    public async Task An_old_record_is_taken_in_from_its_newest_row_down_and_new_rows_go_first()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        for (var i = 0; i < 450; i++) await ChangeAsync(hub, "workspace/ws_1", "title", $"t{i}");
        var indexer = new AuditEffectIndexer(hub.Database);
        Assert.Equal((0, "451 450"), (await indexer.NewerAsync(default), await SpanAsync(hub)));
        Assert.Equal((200, "251 450"), (await indexer.OlderAsync(default), await SpanAsync(hub)));
        var (begins, seqs) = await SeqsAsync(hub, "title");
        Assert.Equal((251, 200), (begins, seqs.Count));

        await ChangeAsync(hub, "workspace/ws_1", "title", "new");
        Assert.Equal(451, (await SeqsAsync(hub, "title")).Seqs[0]);
        Assert.Equal((1, 200, 50, 0), (await indexer.NewerAsync(default), await indexer.OlderAsync(default), await indexer.OlderAsync(default), await indexer.OlderAsync(default)));
        (begins, seqs) = await SeqsAsync(hub, "title");
        Assert.Equal(1, begins);
        Assert.Equal(Enumerable.Range(1, 451).Reverse().Select(i => (long)i), seqs);
    }

    [Fact]
    public async Task Made_again_from_nothing_it_is_the_same_in_whatever_bites_it_was_made()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        var indexer = new AuditEffectIndexer(hub.Database);
        await indexer.NewerAsync(default);
        for (var i = 0; i < 30; i++)
        {
            await ChangeAsync(hub, $"workspace/ws_{i % 3}", i % 2 == 0 ? "title" : "tags", $"t{i}");
            await ChangeAsync(hub, $"member/ws_{i % 3}:acc_{i}", null, $"t{i}", op: "create");
            if (i % 7 == 0) await indexer.NewerAsync(default);
        }
        await indexer.NewerAsync(default);
        var rows = await hub.QueryAsync<string>(Indexed);
        Assert.Equal(90, rows.Count);

        hub.Tamper("delete from audit_effects");
        hub.Tamper("delete from hub_facts where name = 'audit_effects'");
        var anew = new AuditEffectIndexer(hub.Database);
        await anew.NewerAsync(default);
        while (await anew.OlderAsync(default) > 0) { }
        Assert.Equal(rows, await hub.QueryAsync<string>(Indexed));
    }

    [Fact]
    public async Task Two_processes_take_each_row_in_once()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await new AuditEffectIndexer(hub.Database).NewerAsync(default);
        for (var i = 0; i < 40; i++) await ChangeAsync(hub, "workspace/ws_1", "title", $"t{i}");
        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => new AuditEffectIndexer(hub.Database).NewerAsync(default))));

        Assert.Equal((40, 40), (taken.Sum(), (await hub.QueryAsync<string>(Indexed)).Count));
    }

    [Fact]
    public async Task What_is_no_change_and_what_no_index_can_hold_do_not_stop_it()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        var indexer = new AuditEffectIndexer(hub.Database);
        await indexer.NewerAsync(default);
        await ChangeAsync(hub, "workspace/\0ws", "ti\0tle", "x");
        await ChangeAsync(hub, "workspace/" + new string('w', 10_000), "title", "x");
        await ChangeAsync(hub, "file/a.txt", null, "x");
        await ChangeAsync(hub, "workspace/ws_1", "title", "never", outcome: "failed", what: "tool.failed");
        await hub.Trail.AppendAsync(AuditHub.Entry() with { Data = new JsonObject { ["effects"] = new JsonArray(new JsonObject { ["resource"] = 7 }, "text", new JsonObject { ["resource"] = "none" }) } }, default);
        await ChangeAsync(hub, "workspace/ws_1", "title", "last");

        Assert.Equal(6, await indexer.NewerAsync(default));
        Assert.Equal(["workspace/ws_1 title 6", "workspace/\uFFFDws ti\uFFFDtle 1"], (await hub.QueryAsync<string>(Indexed)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_came_faster_than_it_was_taken_in_is_said_to_wait()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        await new AuditEffectIndexer(hub.Database).NewerAsync(default);
        await ChangeAsync(hub, "workspace/ws_1", "title", "first");
        await hub.AppendAsync(AuditEffects.Near + 4);
        await ChangeAsync(hub, "workspace/ws_1", "title", "last");

        await using var reader = await hub.Database.ReadAsync(default);
        var effects = await AuditEffects.OpenAsync(reader, "workspace/ws_1", default);
        Assert.Equal(6, effects.Waiting);
        Assert.Equal([AuditEffects.Near + 6L], await effects.SeqsAsync(["title"], long.MaxValue, 10, default));
    }

    [Fact]
    public async Task Every_statement_of_a_trail_walks_along_an_index()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        for (var i = 0; i < 40; i++) await ChangeAsync(hub, i % 2 == 0 ? "member/ws_1:acc_1" : "workspace/ws_1", "title", $"t{i}");
        while (await hub.Indexer.IndexAsync(default) > 0) { }
        var indexer = new AuditEffectIndexer(hub.Database);
        await indexer.NewerAsync(default);
        await indexer.OlderAsync(default);
        await using var session = await hub.Database.ReadAsync(default);
        var plans = new PlanReader(session);
        foreach (var resource in new[] { "workspace/ws_1", "member/ws_1" })
        {
            var effects = await AuditEffects.OpenAsync(plans, resource, default);
            var seqs = await effects.SeqsAsync(await effects.FieldsAsync(default), 30, 10, default);
            await effects.RowsAsync(seqs, default);
            await effects.MarksAsync(await effects.BoundAsync(hub.Time.GetUtcNow(), default), default);
            await effects.EndsAsync(["act_1"], default);
        }
        Assert.Empty(plans.Unindexed("audit", "audit_fields", "audit_effects"));
    }

    private static async Task ChangeAsync(AuditHub hub, string resource, string? field, string after, string op = "update", string outcome = "completed", string what = "tool.applied") =>
        await hub.Trail.AppendAsync(new AuditEntry(what, outcome, new AuditActor("acc_1", null, null, "rest"))
        {
            Tool = "note.set",
            Data = new JsonObject { ["effects"] = new JsonArray(new JsonObject { ["op"] = op, ["resource"] = resource, ["field"] = field, ["before"] = null, ["after"] = after }) },
        }, default);

    private static async Task<(long Begins, IReadOnlyList<long> Seqs)> SeqsAsync(AuditHub hub, string field)
    {
        await using var reader = await hub.Database.ReadAsync(default);
        var effects = await AuditEffects.OpenAsync(reader, "workspace/ws_1", default);
        return (effects.From, await effects.SeqsAsync([field], long.MaxValue, 1_000, default));
    }

    private static async Task<string?> SpanAsync(AuditHub hub) => (await hub.QueryAsync<string>("select value from hub_facts where name = 'audit_effects'")).SingleOrDefault();
}

public sealed class AuditEffectsOnSqliteTests() : AuditEffectsTests(TestStore.Sqlite);

public sealed class AuditEffectsOnPostgresTests() : AuditEffectsTests(TestStore.Postgres);
