using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Tests.Support;
using Xunit;
using static ControlChat.Tests.Core.Gate.Trail.TrailHub;

namespace ControlChat.Tests.Core.Gate.Trail;

public abstract class PastResourceTests(TestStore store)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_workspace_is_put_together_as_it_was(bool indexed)
    {
        await using var hub = await CreateAsync(store);
        var before = hub.Time.GetUtcNow();
        var id = await hub.MakeAsync("one");
        var made = hub.Time.GetUtcNow();
        await hub.RenameAsync(id, "two");
        await hub.DoAsync(Ana, "workspace.tag", new { workspace_id = id, add = new[] { "2026" } });
        var tagged = hub.Time.GetUtcNow();
        await hub.DoAsync(Ana, "workspace.archive", new { workspace_id = id });
        if (indexed) await hub.IndexAsync();

        Assert.Equal((false, ""), await AtAsync(hub, $"workspace/{id}", before));
        Assert.Equal((true, "state active replaced; tags [] set; title \"one\" set"), await AtAsync(hub, $"workspace/{id}", made));
        Assert.Equal((true, "state active replaced; tags [] set; title \"one\" set"), await AtAsync(hub, $"workspace/{id}", made.AddSeconds(59)));
        Assert.Equal((true, "state active replaced; tags [\"2026\"] set; title \"two\" set"), await AtAsync(hub, $"workspace/{id}", tagged));
        Assert.Equal((true, "state \"archived\" set; tags [\"2026\"] set; title \"two\" set"), await AtAsync(hub, $"workspace/{id}", hub.Time.GetUtcNow()));
        var past = (await hub.History.AsOfAsync(Ana, $"workspace/{id}", before, default))!;
        Assert.Equal((made, 1, 0), (past.RecordBegins, past.Begins, past.Waiting));
    }

    [Fact]
    public async Task What_never_changed_is_as_it_is_now_and_what_is_gone_was_there_before()
    {
        await using var hub = await CreateAsync(store);
        var id = await hub.MakeAsync("one");
        var made = hub.Time.GetUtcNow();
        Assert.Equal((true, "state active present; tags [] set; title \"one\" set"), await AtAsync(hub, $"workspace/{id}", made));
        await hub.DoAsync(Ana, "workspace.delete", new { workspace_id = id });
        await hub.DoAsync(Ana, "workspace.purge", new { workspace_id = id }, typed: "one");

        var (exists, fields) = await AtAsync(hub, $"workspace/{id}", made, Mara);
        Assert.True(exists);
        Assert.StartsWith("purge_at null replaced; state \"active\" replaced; tags [] set; title \"one\" set", fields.Replace(" active ", " \"active\" ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal((false, ""), await AtAsync(hub, $"workspace/{id}", hub.Time.GetUtcNow(), Mara));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_hung_on_a_workspace_is_gone_with_it(bool indexed)
    {
        await using var hub = await CreateAsync(store);
        var id = await hub.MakeAsync("river");
        await hub.DoAsync(Ana, "workspace.add_collaborator", new { workspace_id = id, account = "acc_ben", role = "viewer" });
        var host = new JsonObject { ["op"] = "update", ["resource"] = $"host/{id}", ["field"] = "state", ["before"] = "off", ["after"] = "on" };
        var sync = new JsonObject { ["op"] = "update", ["resource"] = $"sync/{id}", ["field"] = "remote", ["before"] = null, ["after"] = "backup" };
        await hub.AppendAsync(new AuditEntry("tool.applied", "completed", AuditActor.System) { Data = new JsonObject { ["effects"] = new JsonArray(host, sync) } });
        hub.Time.Advance(TimeSpan.FromSeconds(1));
        var there = hub.Time.GetUtcNow();
        await hub.DoAsync(Ana, "workspace.delete", new { workspace_id = id });
        await hub.DoAsync(Ana, "workspace.purge", new { workspace_id = id }, typed: "river");
        if (indexed) await hub.IndexAsync();
        foreach (var kind in (string[])["member", "host", "sync"])
        {
            Assert.NotEqual("", (await AtAsync(hub, $"{kind}/{id}", there, Mara)).Fields);
            Assert.Equal((false, ""), await AtAsync(hub, $"{kind}/{id}", hub.Time.GetUtcNow(), Mara));
        }
        Assert.Equal((false, ""), await AtAsync(hub, $"member/{id}:acc_ben", hub.Time.GetUtcNow(), Mara));
    }

    [Fact]
    public async Task More_members_than_are_looked_at_are_cut_and_nobody_is_added_to_them()
    {
        await using var hub = await CreateAsync(store);
        var id = await hub.MakeAsync("river");
        await hub.IndexAsync();
        Assert.False((await hub.History.AsOfAsync(Ana, $"member/{id}", hub.Time.GetUtcNow(), default))!.Cut);
        // Ben is a member who never changed on the record, so he would be one now.
        await hub.WriteAsync("insert into workspace_members (workspace_id, account_id, role, state, updated_at) values (@id, 'acc_ben', 'viewer', 'active', hub_now())", new { id });
        await hub.WriteAsync(
            "insert into audit_effects (resource, field, seq) with recursive n (i) as (select 1 union all select i + 1 from n where i < 2001) select 'member/' || @id || ':acc_z' || (i + 10000), '', 1 from n", new { id });
        var past = (await hub.History.AsOfAsync(Ana, $"member/{id}", hub.Time.GetUtcNow(), default))!;
        Assert.True(past.Cut);
        Assert.Equal(["acc_ana"], past.Fields.Select(f => f.Field));
    }

    [Fact]
    public async Task People_are_those_who_belonged_to_it_then()
    {
        await using var hub = await CreateAsync(store);
        var id = await hub.MakeAsync("river");
        var alone = hub.Time.GetUtcNow();
        await hub.DoAsync(Ana, "workspace.add_collaborator", new { workspace_id = id, account = "acc_ben", role = "viewer" });
        await hub.DoAsync(Ana, "workspace.set_role", new { workspace_id = id, account = "acc_ben", role = "owner" });
        var both = hub.Time.GetUtcNow();
        await hub.DoAsync(Ana, "workspace.remove_collaborator", new { workspace_id = id, account = "acc_ben" });
        await hub.DoAsync(Ana, "workspace.add_collaborator", new { workspace_id = id, account = "acc_ben", role = "collaborator" });
        foreach (var indexed in new[] { false, true })
        {
            if (indexed) await hub.IndexAsync();
            Assert.Equal(["Ana owner"], await PeopleAsync(hub, id, alone));
            Assert.Equal(["Ana owner", "Ben owner"], await PeopleAsync(hub, id, both));
            Assert.Equal(["Ana owner"], await PeopleAsync(hub, id, both.AddMinutes(1)));
            Assert.Equal(["Ana owner", "Ben collaborator"], await PeopleAsync(hub, id, hub.Time.GetUtcNow()));
        }
        Assert.Equal("role", (await hub.History.AsOfAsync(Ana, $"member/{id}:acc_ben", both, default))!.Fields[^1].Field);
    }

    [Fact]
    public async Task A_setting_was_what_its_first_change_found()
    {
        await using var hub = await CreateAsync(store);
        var before = hub.Time.GetUtcNow();
        Assert.Equal((true, "value 14 present"), await AtAsync(hub, "setting/Logs:Days", before));
        await hub.DoAsync(Mara, "config.set", new { key = "Logs:Days", value = 30 });

        Assert.Equal((true, "value 14 replaced"), await AtAsync(hub, "setting/Logs:Days", before));
        Assert.Equal((true, "value 30 set"), await AtAsync(hub, "setting/Logs:Days", hub.Time.GetUtcNow()));
    }

    [Fact]
    public async Task Where_the_clock_went_back_the_order_of_the_record_counts()
    {
        await using var hub = await CreateAsync(store);
        var id = await hub.MakeAsync("one");
        var late = hub.Time.GetUtcNow();
        await hub.RenameAsync(id, "two");
        hub.Time.Jump(late.AddHours(-2));
        await hub.RenameAsync(id, "three");
        await hub.IndexAsync();

        Assert.Contains("title \"two\" set", (await AtAsync(hub, $"workspace/{id}", late.AddMinutes(1))).Fields, StringComparison.Ordinal);
        Assert.Contains("title \"three\" set", (await AtAsync(hub, $"workspace/{id}", late.AddHours(-1))).Fields, StringComparison.Ordinal);
    }

    private static async Task<(bool? Exists, string Fields)> AtAsync(TrailHub hub, string resource, DateTimeOffset at, ControlChat.Core.Accounts.Principal? reader = null)
    {
        var past = (await hub.History.AsOfAsync(reader ?? Ana, resource, at, default))!;
        return (past.Exists, string.Join("; ", past.Fields.Select(f => $"{f.Field} {(f is { Known: "present" or "replaced", Value: System.Text.Json.Nodes.JsonValue text } && text.TryGetValue(out string? plain) ? plain : f.Value?.ToJsonString() ?? "null")} {f.Known}")));
    }

    private static async Task<IEnumerable<string>> PeopleAsync(TrailHub hub, string id, DateTimeOffset at) =>
        (await hub.History.AsOfAsync(Ana, $"member/{id}", at, default))!.Fields.Select(f => $"{f.Name} {(string?)f.Value}");
}

public sealed class PastResourceOnSqliteTests() : PastResourceTests(TestStore.Sqlite);

public sealed class PastResourceOnPostgresTests() : PastResourceTests(TestStore.Postgres);
