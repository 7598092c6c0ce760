using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate.Trail;
using ControlChat.Tests.Support;
using Xunit;
using static ControlChat.Tests.Core.Gate.Trail.TrailHub;

namespace ControlChat.Tests.Core.Gate.Trail;

public abstract class ResourceHistoryTests(TestStore store)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_field_tells_who_made_it_so_why_by_which_message_and_who_approved(bool indexed)
    {
        await using var hub = await CreateAsync(store);
        var id = await hub.MakeAsync("river");
        var (message, origin) = await hub.SayAsync(Ana, "Tidy up:\nplease archive river", "Cleanup");
        var outcome = await hub.DoAsync(Ana, "workspace.archive", new { workspace_id = id }, origin);
        if (indexed) await hub.IndexAsync();

        var entry = (await hub.TrailAsync($"workspace/{id}", "state"))[0];

        Assert.Equal(("update", "state", "active", "archived", "workspace.archive"), (entry.Op, entry.Field, (string?)entry.Before, (string?)entry.After, entry.Tool));
        Assert.Equal(new TrailActor(new TrailPerson("acc_ana", "Ana"), "ask", new TrailPerson("acc_ana", "Ana"), "control-agent", null, origin.RunId), entry.Actor);
        Assert.Equal(("Archive 'river'", outcome.ActionId, outcome.Plan!.Id, outcome.ApprovalId, origin.ConversationId), (entry.Summary, entry.ActionId, entry.PlanId, entry.ApprovalId, entry.ConversationId));
        Assert.Equal(new TrailPerson("acc_mara", "Mara"), entry.Approver);
        Assert.Equal(new TrailMessage(message.MessageId, 1, "Cleanup", "Tidy up: please archive river"), entry.Message);
        Assert.Equal((true, hub.Time.GetUtcNow(), (TrailBatch?)null, true, false), (entry.Undo.Available, entry.At, entry.Batch, entry.Evidence.Intact, entry.Evidence.Covered));
    }

    [Fact]
    public async Task Renamed_twice_it_was_what_it_became_before_and_only_the_last_can_be_undone()
    {
        await using var hub = await CreateAsync(store);
        var id = await hub.MakeAsync("one");
        await hub.RenameAsync(id, "two");
        var third = await hub.RenameAsync(id, "three");
        foreach (var indexed in new[] { false, true })
        {
            if (indexed) await hub.IndexAsync();
            var trail = await hub.TrailAsync($"workspace/{id}", "title");
            Assert.Equal([("two", "three"), ("one", "two"), (null, "one")], trail.Select(e => ((string?)e.Before, (string?)e.After)));
            Assert.Equal([true, false, false], trail.Select(e => e.Undo.Available));
            Assert.Equal([(trail[0].Seq, "title", "Ana")], trail[1].Undo.Moved.Select(m => (m.Seq, m.Field, m.By?.Name)));
        }
        await hub.DoAsync(Ana, "undo", new { action_id = third.ActionId });
        var after = await hub.TrailAsync($"workspace/{id}", "title");
        Assert.Equal((4, "undo", "two", "Undone already."), (after.Count, after[0].Tool, (string?)after[0].After, after[1].Undo.WhyNot));
        Assert.True(after[0].Undo.Available);
    }

    [Fact]
    public async Task What_is_indexed_and_what_is_not_yet_are_one_trail()
    {
        await using var hub = await CreateAsync(store);
        var id = await hub.MakeAsync("one");
        await hub.RenameAsync(id, "two");
        await hub.IndexAsync();
        await hub.RenameAsync(id, "three");
        await hub.DoAsync(Ana, "workspace.tag", new { workspace_id = id, add = new[] { "2026" } });

        Assert.Equal(["tags", "title", "title", null], (await hub.TrailAsync($"workspace/{id}")).Select(e => e.Field));
        Assert.Equal(["three", "two", "one"], (await hub.TrailAsync($"workspace/{id}", "title")).Select(e => (string?)e.After));
        Assert.Empty(await hub.TrailAsync($"workspace/{id}", "colour"));
    }

    [Fact]
    public async Task Pages_meet_without_gap_or_repeat_even_within_a_row_that_changed_two_fields()
    {
        await using var hub = await CreateAsync(store);
        var id = await hub.MakeAsync("one");
        await hub.DoAsync(Ana, "workspace.delete", new { workspace_id = id });
        await hub.DoAsync(Ana, "workspace.restore", new { workspace_id = id });
        await hub.IndexAsync();
        await hub.RenameAsync(id, "two");
        var whole = (await hub.TrailAsync($"workspace/{id}")).Select(e => (e.Seq, e.Field)).ToList();
        Assert.Equal(6, whole.Count);
        var paged = new List<(long, string?)>();
        string? cursor = null;
        do
        {
            var page = (await hub.History.HistoryAsync(Ana, $"workspace/{id}", null, cursor, 1, default))!;
            paged.Add((page.Items.Single().Seq, page.Items.Single().Field));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        Assert.Equal(whole, paged);
        await Assert.ThrowsAsync<FormatException>(() => hub.History.HistoryAsync(Ana, $"workspace/{id}", null, "newest", 1, default));
    }

    [Fact]
    public async Task A_step_of_a_batch_says_so_and_keeps_what_the_batch_was_about_to_itself()
    {
        await using var hub = await CreateAsync(store);
        var (shared, secret) = (await hub.MakeAsync("shared"), await hub.MakeAsync("secret-plans"));
        await hub.DoAsync(Ana, "workspace.add_collaborator", new { workspace_id = shared, account = "acc_ben", role = "viewer" });
        object Rename(string id, string title) => new { tool = "workspace.rename", arguments = new { workspace_id = id, title } };
        var done = await hub.DoAsync(Ana, "plan.batch", new { steps = new[] { Rename(secret, "secret"), Rename(shared, "common") } });
        await hub.IndexAsync();

        var own = (await hub.TrailAsync($"workspace/{shared}", "title"))[0];
        Assert.Equal(new TrailBatch(1, done.ActionId, "completed"), own.Batch);
        Assert.Contains("secret", own.Summary, StringComparison.Ordinal);
        var seen = (await hub.TrailAsync($"workspace/{shared}", "title", Ben))[0];
        Assert.Equal(("shared", "common", "Ana", new TrailBatch(1, null, null)), ((string?)seen.Before, (string?)seen.After, seen.Actor.Person!.Name, seen.Batch));
        Assert.DoesNotContain("secret", ControlChat.Core.Hub.Json.Write(seen), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_member_sees_the_change_and_neither_the_conversation_nor_the_ids_of_the_row()
    {
        await using var hub = await CreateAsync(store);
        var id = await hub.MakeAsync("river");
        await hub.DoAsync(Ana, "workspace.add_collaborator", new { workspace_id = id, account = "acc_ben", role = "collaborator" });
        var (_, origin) = await hub.SayAsync(Ana, "nobody else may read this", "Private");
        await hub.RenameAsync(id, "brook", origin: origin);

        var seen = (await hub.TrailAsync($"workspace/{id}", "title", Ben))[0];

        Assert.Equal(("river", "brook", "Ana", "ask"), ((string?)seen.Before, (string?)seen.After, seen.Actor.Person!.Name, seen.Actor.Via));
        Assert.Equal((null, null, null, null, null, null, null), (seen.Message, seen.ConversationId, seen.ActionId, seen.PlanId, seen.ApprovalId, seen.Summary, seen.Actor.RunId));
        Assert.Equal((false, "Only who did this, or an admin, can undo it."), (seen.Undo.Available, seen.Undo.WhyNot));
        var admin = (await hub.TrailAsync($"workspace/{id}", "title", Mara))[0];
        Assert.Equal((null, origin.ConversationId, false), (admin.Message, admin.ConversationId, admin.Undo.Available));
        Assert.DoesNotContain("nobody else", ControlChat.Core.Hub.Json.Write(admin), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_not_see_the_thing_now_is_told_the_same_as_of_what_is_not_there()
    {
        await using var hub = await CreateAsync(store);
        var id = await hub.MakeAsync("river");
        await hub.DoAsync(Ana, "workspace.add_collaborator", new { workspace_id = id, account = "acc_ben", role = "collaborator" });
        await hub.RenameAsync(id, "brook", Ben);
        await hub.DoAsync(Ana, "workspace.remove_collaborator", new { workspace_id = id, account = "acc_ben" });

        foreach (var resource in new[] { $"workspace/{id}", $"member/{id}", $"member/{id}:acc_ben", $"host/{id}", $"sync/{id}", "workspace/ws_none", "nothing/x", "workspace", "setting/Ui:Theme:acc_ana", "setting/Hub:Kind" })
        {
            Assert.Null(await hub.History.HistoryAsync(Ben, resource, null, null, 10, default));
            Assert.Null(await hub.History.AsOfAsync(Ben, resource, hub.Time.GetUtcNow(), default));
        }
        Assert.NotNull(await hub.History.HistoryAsync(Mara, $"workspace/{id}", null, null, 10, default));
        Assert.Null(await hub.History.HistoryAsync(Mara, "workspace/ws_none", null, null, 10, default));
        hub.People.Now["acc_mara"] = Mara with { Role = "member" };
        Assert.Null(await hub.History.HistoryAsync(Mara, $"workspace/{id}", null, null, 10, default));
        hub.People.Now["acc_ana"] = null;
        Assert.Null(await hub.History.HistoryAsync(Ana, $"workspace/{id}", null, null, 10, default));
    }

    [Fact]
    public async Task People_have_a_trail_together_and_each_for_themselves()
    {
        await using var hub = await CreateAsync(store);
        var id = await hub.MakeAsync("river");
        await hub.DoAsync(Ana, "workspace.add_collaborator", new { workspace_id = id, account = "acc_ben", role = "viewer" });
        await hub.DoAsync(Ana, "workspace.set_role", new { workspace_id = id, account = "acc_ben", role = "owner" });
        foreach (var indexed in new[] { false, true })
        {
            if (indexed) await hub.IndexAsync();
            Assert.Equal([("update", "Ben"), ("create", "Ben"), ("create", "Ana")], (await hub.TrailAsync($"member/{id}")).Select(e => (e.Op, e.About!.Name)));
            Assert.Equal([("viewer", "owner"), (null, "viewer")], (await hub.TrailAsync($"member/{id}:acc_ben", "role")).Select(e => ((string?)e.Before, (string?)e.After)));
            Assert.Equal(["owner"], (await hub.TrailAsync($"member/{id}:acc_ana", "role")).Select(e => (string?)e.After));
        }
    }

    [Fact]
    public async Task What_was_purged_is_left_to_admins()
    {
        await using var hub = await CreateAsync(store);
        var id = await hub.MakeAsync("river");
        await hub.DoAsync(Ana, "workspace.delete", new { workspace_id = id });
        await hub.DoAsync(Ana, "workspace.purge", new { workspace_id = id }, typed: "river");

        Assert.Null(await hub.History.HistoryAsync(Ana, $"workspace/{id}", null, null, 10, default));
        var last = (await hub.TrailAsync($"workspace/{id}", "title", Mara))[0];
        Assert.Equal(("delete", "river", null, false), (last.Op, (string?)last.Before, (string?)last.After, last.Undo.Available));
    }

    [Fact]
    public async Task A_setting_of_the_hub_of_an_account_and_ones_own_are_three_trails()
    {
        await using var hub = await CreateAsync(store);
        await hub.DoAsync(Mara, "config.set", new { key = "Limits:Workspaces", value = 500 });
        await hub.DoAsync(Mara, "config.set", new { key = "Limits:Workspaces@acc_ben", value = 5 });
        await hub.DoAsync(Ben, "config.set", new { key = "Ui:Theme", value = "dark" });

        Assert.Equal([(1000, 500)], (await hub.TrailAsync("setting/Limits:Workspaces", reader: Ana)).Select(e => ((int)e.Before!, (int)e.After!)));
        foreach (var name in new[] { "setting/Limits:Workspaces:acc_ben", "setting/Limits:Workspaces@acc_ben", "setting/limits:workspaces@acc_ben" })
            Assert.Equal((5, "Ben"), await hub.TrailAsync(name, "value", Ben) is [var one] ? ((int)one.After!, one.About!.Name) : default);
        Assert.Null(await hub.History.HistoryAsync(Ana, "setting/Limits:Workspaces:acc_ben", null, null, 10, default));
        Assert.Equal(["dark"], (await hub.TrailAsync("setting/Ui:Theme", reader: Ben)).Select(e => (string?)e.After));
        Assert.Empty(await hub.TrailAsync("setting/Ui:Theme", reader: Ana));
        var admin = (await hub.TrailAsync("setting/Ui:Theme:acc_ben", reader: Mara)).Single();
        Assert.Equal(("dark", false), ((string?)admin.After, admin.Undo.Available));
    }

    [Fact]
    public async Task What_was_only_ordered_tells_what_became_of_it()
    {
        await using var hub = await CreateAsync(store);
        var id = await hub.MakeAsync("river");
        var order = await hub.DoAsync(Ana, "workspace.start_host", new { workspace_id = id });
        Assert.Null((await hub.TrailAsync($"host/{id}", "state"))[0].End);
        // As the keeper of hosts writes it.
        await hub.AppendAsync(new AuditEntry("tool.failed", "failed", AuditActor.System)
        {
            Tool = "workspace.start_host",
            ActionId = order.ActionId,
            WorkspaceId = id,
            Data = new JsonObject { ["host"] = "failed", ["size"] = "small", ["error"] = "No room." },
        });
        foreach (var indexed in new[] { false, true })
        {
            if (indexed) await hub.IndexAsync();
            var trail = await hub.TrailAsync($"host/{id}", "state");
            Assert.Equal([("failed", null), ("on", "Ana")], trail.Select(e => ((string?)e.After, e.Actor.Person?.Name)));
            Assert.Equal(("failed", "No room."), (trail[1].End!.Outcome, trail[1].End!.Error));
        }
        Assert.Equal("failed", (string?)(await hub.History.AsOfAsync(Ana, $"host/{id}", hub.Time.GetUtcNow(), default))!.Fields.First(f => f.Field == "state").Value);
    }
}

public sealed class ResourceHistoryOnSqliteTests() : ResourceHistoryTests(TestStore.Sqlite);

public sealed class ResourceHistoryOnPostgresTests() : ResourceHistoryTests(TestStore.Postgres);
