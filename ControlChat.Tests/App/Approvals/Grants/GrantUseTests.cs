using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Grants;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Approvals.Grants;

/// <summary>What a grant lets through, how often, and for whom; everything else asks as before.</summary>
public abstract class GrantUseTests(TestStore store)
{
    [Fact]
    public async Task A_plan_that_fits_is_applied_at_once_and_says_by_which_grant()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var workspace = await bed.WorkspaceAsync(bed.Ada);
        var grant = await bed.GrantedAsync(bed.Ada, [workspace], count: 2);
        var done = await bed.ArchiveAsync(workspace, bed.Ada);
        Assert.Equal(("completed", grant.Id, 1, 2), (done.Status, done.GrantId, done.GrantUsed, done.GrantCount));
        Assert.Equal("confirm", done.Plan!.Decision);
        var used = Assert.Single(await bed.RowsAsync("grant.used"));
        Assert.Equal((grant.Id, done.ActionId, bed.Ada.AccountId, 1), ((string)used["data"]!["grant_id"]!, (string?)used["action_id"], (string?)used["approver"], (int)used["data"]!["used"]!));
        var applied = (await bed.RowsAsync("tool.applied"))[^1];
        Assert.Equal((grant.Id, done.ActionId, (string?)null), ((string?)applied["data"]!["grant_id"], (string?)applied["action_id"], (string?)applied["approval_id"]));
        await bed.BackAsync(workspace, bed.Ada);
        Assert.Equal("completed", (await bed.ArchiveAsync(workspace, bed.Ada)).Status);
        await bed.BackAsync(workspace, bed.Ada);
        // Used up: asked as before.
        Assert.Equal("confirmation_required", (await bed.ArchiveAsync(workspace, bed.Ada)).Status);
        Assert.Equal(("used_up", 2, false), ((await bed.FindAsync(grant)).Status, (await bed.FindAsync(grant)).Used, (await bed.FindAsync(grant)).MayRevoke));
    }

    [Fact]
    public async Task Of_a_hundred_at_once_exactly_as_many_run_as_were_granted()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var workspaces = new List<string>();
        for (var i = 0; i < 100; i++) workspaces.Add(await bed.WorkspaceAsync(bed.Ada, $"kettle {i}"));
        var grant = await bed.GrantedAsync(bed.Ada, workspaces, count: 7);
        var outcomes = await Task.WhenAll(workspaces.Select(w => Task.Run(() => bed.ArchiveAsync(w, bed.Ada))));
        Assert.Equal((7, 93), (outcomes.Count(o => o.Status == "completed"), outcomes.Count(o => o.Status == "confirmation_required")));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], outcomes.Where(o => o.GrantUsed is not null).Select(o => o.GrantUsed!.Value).Order());
        Assert.Equal(7, (await bed.RowsAsync("grant.used")).Count);
        Assert.Equal("used_up", (await bed.FindAsync(grant)).Status);
    }

    [Fact]
    public async Task Another_conversation_person_token_thing_or_tool_asks()
    {
        await using var bed = await GrantBed.OpenAsync(store, "--Policy:Tools:workspace.pin=confirm");
        var mara = await bed.PersonAsync("mara");
        var (workspace, other) = (await bed.WorkspaceAsync(mara, "kettle"), await bed.WorkspaceAsync(mara, "kettle-10"));
        await bed.GrantedAsync(mara, [workspace]);
        var token = await bed.TokenAsync(mara);
        Assert.Equal("confirmation_required", (await bed.ArchiveAsync(workspace, mara, "cnv_two")).Status);
        Assert.Equal("confirmation_required", (await bed.ArchiveAsync(workspace, mara, "CNV_ONE")).Status);
        Assert.Equal("confirmation_required", (await bed.ArchiveAsync(workspace, mara, null)).Status);
        Assert.Equal("confirmation_required", (await bed.ArchiveAsync(workspace, token)).Status);
        Assert.Equal("confirmation_required", (await bed.ArchiveAsync(workspace, token, null)).Status);
        Assert.Equal("confirmation_required", (await bed.ArchiveAsync(other, mara)).Status);
        Assert.Equal("confirmation_required", (await bed.ArchiveAsync("kettle-10", mara)).Status);
        Assert.Equal("confirmation_required", (await bed.CallAsync("workspace.delete", new { workspace_id = workspace }, mara)).Status);
        Assert.Equal("confirmation_required", (await bed.CallAsync("workspace.pin", new { workspace_id = workspace, pinned = true }, mara)).Status);
        Assert.Equal("confirmation_required", (await bed.CallAsync("plan.batch", new { steps = new[] { new { tool = "workspace.archive", arguments = new { workspace_id = workspace } } } }, mara)).Status);
        Assert.Empty(await bed.RowsAsync("grant.used"));
        // Named by its title it is the same thing: what counts is what the plan resolved it to.
        await bed.CallAsync("workspace.rename", new { workspace_id = workspace, title = "only one" }, mara);
        Assert.Equal("completed", (await bed.ArchiveAsync("only one", mara)).Status);
    }

    [Fact]
    public async Task A_token_uses_what_was_granted_to_it_and_its_owner_does_not()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var token = await bed.TokenAsync(bed.Ada);
        var workspace = await bed.WorkspaceAsync(bed.Ada);
        var grant = await bed.GrantedAsync(token, [workspace], approver: bed.Ada, conversation: null);
        Assert.Equal((token.TokenId, "ci", (string?)null), (grant.GrantedTo.TokenId, grant.GrantedTo.TokenName, grant.ConversationId));
        Assert.Equal("confirmation_required", (await bed.ArchiveAsync(workspace, bed.Ada, null)).Status);
        Assert.Equal(grant.Id, (await bed.ArchiveAsync(workspace, token, null)).GrantId);
        Assert.Equal(token.TokenId, (string?)Assert.Single(await bed.RowsAsync("grant.used"))["actor"]!["token"]);
    }

    [Fact]
    public async Task A_tainted_run_and_another_time_ask()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var workspace = await bed.WorkspaceAsync(bed.Ada);
        var grant = await bed.GrantedAsync(bed.Ada, [workspace]);
        var tainted = await bed.ArchiveAsync(workspace, bed.Ada, tainted: true);
        Assert.Equal(("confirmation_required", true), (tainted.Status, tainted.Plan!.Tainted));
        // Not by a dry run from before the taint either.
        var planned = await bed.CallAsync("workspace.archive", new { workspace_id = workspace }, bed.Ada, dryRun: true);
        var applied = await bed.Get<IToolGate>().ApplyPlanAsync(bed.Ada, planned.Plan!.Id, "apply-tainted-1", new CallOrigin("ask", GrantBed.Conversation, Tainted: true), default);
        Assert.Equal("confirmation_required", applied.Status);
        bed.Time.Sleep(TimeSpan.FromDays(7));
        var later = await bed.SignInAsync(bed.Ada.AccountId);
        Assert.Equal("confirmation_required", (await bed.ArchiveAsync(workspace, later)).Status);
        Assert.Equal("over", (await bed.FindAsync(later, grant)).Status);
        Assert.Empty(await bed.RowsAsync("grant.used"));
    }

    [Theory, InlineData("confirm", "completed"), InlineData("confirm_recent", "confirmation_required"), InlineData("second_person", "confirmation_required")]
    public async Task What_asks_for_more_than_a_yes_asks_whatever_was_granted(string decision, string expected)
    {
        await using var bed = await GrantBed.OpenAsync(store, $"--Policy:Tools:workspace.archive={decision}");
        var (other, workspace) = (await bed.PersonAsync("nils", "admin"), await bed.WorkspaceAsync(bed.Ada));
        var approval = await bed.DecidedAsync(workspace, bed.Ada, other);
        // As if it had been granted in milder times.
        await bed.WriteAsync(async t =>
        {
            var plan = (await PlanStore.FindAsync(t, (await ApprovalStore.FindAsync(t, approval, default))!.PlanId!, default))!.Plan;
            await GrantStore.InsertAsync(t, new GrantRow
            {
                Id = Ids.New("grt"),
                Tool = plan.Tool,
                ToolHash = plan.ToolHash,
                Bounds = Json.Write<IReadOnlyList<GrantConstraint>>([new("workspace_id", "equals", [workspace])]),
                PrincipalKey = bed.Ada.Key,
                AccountId = bed.Ada.AccountId,
                AccountRole = "admin",
                ConversationId = GrantBed.Conversation,
                GrantorId = other.AccountId,
                GrantorRole = "admin",
                ApprovalId = approval,
                PlanId = plan.Id,
                Most = 1,
                CreatedAt = t.Now,
                EndsAt = t.Now.AddDays(1),
            }, [], default);
        });
        var asked = await bed.ArchiveAsync(workspace, bed.Ada);
        Assert.Equal((expected, decision), (asked.Status, asked.Plan!.Decision));
    }

    [Fact]
    public async Task A_frozen_a_stale_and_a_failed_plan_use_nothing()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var workspace = await bed.WorkspaceAsync(bed.Ada);
        var grant = await bed.GrantedAsync(bed.Ada, [workspace]);
        var freezes = bed.Get<IFreezes>();
        var freeze = await freezes.SetAsync(bed.Ada, "tool", "workspace.archive", "Looking.", default);
        Assert.Equal("frozen", (await bed.ArchiveAsync(workspace, bed.Ada)).Status);
        await freezes.LiftAsync(bed.Ada, freeze.Id, default);
        var planned = await bed.CallAsync("workspace.archive", new { workspace_id = workspace }, bed.Ada, dryRun: true);
        await bed.CallAsync("workspace.rename", new { workspace_id = workspace, title = "pan" }, bed.Ada);
        Assert.Equal("plan_stale", (await bed.Get<IToolGate>().ApplyPlanAsync(bed.Ada, planned.Plan!.Id, "apply-stale-1", new CallOrigin("ask", GrantBed.Conversation), default)).Status);
        bed.NoRowsOf = "grant.used";
        Assert.Equal("unavailable", (await bed.ArchiveAsync(workspace, bed.Ada)).Status);
        bed.NoRowsOf = null;
        Assert.Equal(("active", 0), ((await bed.FindAsync(grant)).Status, (await bed.FindAsync(grant)).Used));
        Assert.Empty(await bed.RowsAsync("grant.used"));
        var fresh = await bed.CallAsync("workspace.archive", new { workspace_id = workspace }, bed.Ada, dryRun: true);
        Assert.Equal(grant.Id, (await bed.Get<IToolGate>().ApplyPlanAsync(bed.Ada, fresh.Plan!.Id, "apply-fresh-1", new CallOrigin("ask", GrantBed.Conversation), default)).GrantId);
    }

    [Fact]
    public async Task The_same_request_again_repeats_its_answer_and_uses_nothing()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var workspace = await bed.WorkspaceAsync(bed.Ada);
        var grant = await bed.GrantedAsync(bed.Ada, [workspace]);
        var call = new ToolCall("workspace.archive", "request-once", System.Text.Json.JsonSerializer.SerializeToElement(new { workspace_id = workspace }), new CallOrigin("ask", GrantBed.Conversation));
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => bed.Get<IToolGate>().InvokeAsync(bed.Ada, call, default))));
        Assert.Single(answers, a => !a.Replayed);
        Assert.All(answers, a => Assert.Equal((grant.Id, 1), (a.GrantId, a.GrantUsed)));
        Assert.Equal(1, (await bed.FindAsync(grant)).Used);
    }

    [Fact]
    public async Task Of_several_grants_the_one_that_ends_first_is_used()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var workspace = await bed.WorkspaceAsync(bed.Ada);
        var (one, other) = (await bed.DecidedAsync(workspace, bed.Ada), await bed.DecidedAsync(workspace, bed.Ada));
        var late = Assert.IsType<GrantAnswer.Done>(await bed.MakeAsync(one, bed.Ada, [workspace], count: 1, days: 9)).Grant;
        var soon = Assert.IsType<GrantAnswer.Done>(await bed.MakeAsync(other, bed.Ada, [workspace], count: 1, days: 2)).Grant;
        foreach (var expected in new[] { soon.Id, late.Id, null })
        {
            var outcome = await bed.ArchiveAsync(workspace, bed.Ada);
            Assert.Equal(expected, outcome.GrantId);
            if (expected is not null) await bed.BackAsync(workspace, bed.Ada);
        }
    }

    [Fact]
    public async Task Every_query_goes_by_an_index()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var workspace = await bed.WorkspaceAsync(bed.Ada);
        var done = await bed.ArchiveAsync(workspace, bed.Ada);
        await using var reader = await bed.Database.ReadAsync(default);
        var plans = new PlanReader(reader);
        await GrantStore.ForAsync(plans, bed.Ada.Key, done.Plan!, GrantBed.Conversation, default);
        await GrantStore.CountOpenAsync(plans, bed.Ada.Key, default);
        await GrantStore.ListAsync(plans, bed.Ada.AccountId, new GrantFilter(), default);
        await GrantStore.ListAsync(plans, null, new GrantFilter(GrantFilter.Active), default);
        await GrantStore.OpenOfAccountAsync(plans, bed.Ada.AccountId, default);
        await GrantStore.OpenOfTokensAsync(plans, bed.Ada.AccountId, null, default);
        await GrantStore.OpenInWorkspaceAsync(plans, bed.Ada.AccountId, workspace, default);
        await GrantStore.ApprovedAsync(plans, new ApprovalRow { PrincipalKey = bed.Ada.Key, DecidedBy = bed.Ada.AccountId, ConversationId = GrantBed.Conversation }, "workspace.archive", reader.Now, default);
        Assert.Empty(plans.Unindexed("grants", "grant_workspaces", "approvals", "plans"));
    }
}

public sealed class GrantUseOnSqliteTests() : GrantUseTests(TestStore.Sqlite);

public sealed class GrantUseOnPostgresTests() : GrantUseTests(TestStore.Postgres);
