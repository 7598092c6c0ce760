using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Grants;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Approvals.Grants;

/// <summary>Who may grant what, from which approval, and how wide.</summary>
public abstract class GrantMakingTests(TestStore store)
{
    [Fact]
    public async Task A_grant_stands_on_the_record_with_all_that_is_in_it()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var (one, other) = (await bed.WorkspaceAsync(bed.Ada), await bed.WorkspaceAsync(bed.Ada, "pan"));
        var grant = await bed.GrantedAsync(bed.Ada, [one, other], count: 3);
        Assert.Equal(("active", "workspace.archive", 0, 3, GrantBed.Conversation, true), (grant.Status, grant.Tool, grant.Used, grant.Count, grant.ConversationId, grant.MayRevoke));
        Assert.Equal((bed.Ada.AccountId, "admin", bed.Ada.AccountId), (grant.GrantedTo.AccountId, grant.GrantedTo.Role, grant.GrantedBy.AccountId));
        var row = Assert.Single(await bed.RowsAsync("grant.created"));
        Assert.Equal((grant.Id, grant.ApprovalId, grant.PlanId, 3), ((string)row["data"]!["grant_id"]!, (string)row["approval_id"]!, (string)row["plan_id"]!, (int)row["data"]!["count"]!));
        Assert.Equal(["owner", "owner"], row["data"]!["workspace_roles"]!.AsObject().Select(r => (string)r.Value!));
        Assert.Equal([one, other], row["data"]!["constraints"]![0]!["values"]!.AsArray().Select(v => (string)v!));
        Assert.Equal(bed.Ada.AuthSessionId, (string?)row["actor"]!["session"]);
    }

    [Fact]
    public async Task Only_who_approved_it_a_moment_ago_and_signed_in_lately_may_grant_more_of_it()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var (mara, nils) = (await bed.PersonAsync("mara"), await bed.PersonAsync("nils"));
        var workspace = await bed.WorkspaceAsync(mara);
        var pending = await bed.ArchiveAsync(workspace, mara);
        await RefusedAsync(bed, 409, "conflict", pending.ApprovalId!, mara, workspace);
        await bed.ApproveAsync(pending, mara);
        // Not who only may see it, not who may not, no token, and not with a sign-in of long ago.
        await RefusedAsync(bed, 403, "denied", pending.ApprovalId!, bed.Ada, workspace);
        await RefusedAsync(bed, 404, "not_found", pending.ApprovalId!, nils, workspace);
        await RefusedAsync(bed, 403, "token_cannot_approve", pending.ApprovalId!, await bed.TokenAsync(mara), workspace);
        bed.Time.Advance(TimeSpan.FromMinutes(11));
        await RefusedAsync(bed, 401, "step_up_required", pending.ApprovalId!, mara, workspace);
        var again = await bed.SignInAsync(mara.AccountId);
        bed.Time.Advance(TimeSpan.FromMinutes(5));
        await RefusedAsync(bed, 409, "conflict", pending.ApprovalId!, again, workspace);
        Assert.Equal(2, (await bed.RowsAsync("tool.denied")).Count(r => (string?)r["data"]!["asked"] == "grant"));
        Assert.Empty(await bed.RowsAsync("grant.created"));
    }

    [Fact]
    public async Task One_approval_gives_one_grant_however_often_it_is_asked_for()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var workspace = await bed.WorkspaceAsync(bed.Ada);
        var approval = await bed.DecidedAsync(workspace, bed.Ada);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => bed.MakeAsync(approval, bed.Ada, [workspace]))));
        Assert.Single(answers.OfType<GrantAnswer.Done>());
        Assert.All(answers.OfType<GrantAnswer.Refused>(), r => Assert.Equal((409, "conflict"), (r.Http, r.Code)));
        Assert.Single(await bed.RowsAsync("grant.created"));
    }

    [Fact]
    public async Task Nothing_wider_than_asked_and_nothing_that_looks_alike_is_granted()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var (workspace, other) = (await bed.WorkspaceAsync(bed.Ada, "ws_1"), await bed.WorkspaceAsync(bed.Ada, "ws_10"));
        var approval = await bed.DecidedAsync(workspace, bed.Ada);
        foreach (var (values, form) in new (string[], string)[]
        {
            ([other], "equals"), ([workspace.ToUpperInvariant()], "equals"), ([workspace + " "], "equals"), ([workspace, "ws_1"], "one_of"), ([workspace, "ws_10"], "one_of"), ([workspace, "kettle"], "one_of"),
            ([workspace, workspace], "one_of"), ([workspace, other], "equals"), ([], "one_of"), (["ws_"], "prefix"), (["ws_1"], "prefix"), ([workspace[..22]], "prefix"), ([other[..24]], "prefix"), ([workspace], "any"),
            ([workspace, "acc_" + workspace[3..]], "one_of"), ([workspace, ""], "one_of"), ([workspace, workspace[..^1] + "Ａ"], "one_of"),
        })
        {
            var refused = Assert.IsType<GrantAnswer.Refused>(await bed.MakeAsync(approval, bed.Ada, values, @is: form));
            Assert.True((refused.Http, refused.Code) == (422, "invalid"), $"{form} {string.Join(',', values)}: {refused.Http} {refused.Message}");
        }
        Assert.Equal(422, Assert.IsType<GrantAnswer.Refused>(await bed.MakeAsync(approval, bed.Ada, [workspace], count: 0)).Http);
        Assert.Equal(422, Assert.IsType<GrantAnswer.Refused>(await bed.MakeAsync(approval, bed.Ada, [workspace], count: 101)).Http);
        Assert.Equal(422, Assert.IsType<GrantAnswer.Refused>(await bed.MakeAsync(approval, bed.Ada, [workspace], days: 30.1)).Http);
        Assert.Equal(422, Assert.IsType<GrantAnswer.Refused>(await bed.MakeAsync(approval, bed.Ada, [workspace], days: -1)).Http);
        var none = await bed.Grants.MakeAsync(bed.Ada, approval, new GrantRequest([], 1, bed.Time.GetUtcNow().AddDays(1)), default);
        Assert.Contains("'workspace_id' is not constrained", Assert.IsType<GrantAnswer.Refused>(none).Message, StringComparison.Ordinal);
        var title = await bed.Grants.MakeAsync(bed.Ada, approval, new GrantRequest([new("workspace_id", "equals", [workspace]), new("title", "equals", ["ws_1"])], 1, bed.Time.GetUtcNow().AddDays(1)), default);
        Assert.Contains("'title' is not an id of this plan", Assert.IsType<GrantAnswer.Refused>(title).Message, StringComparison.Ordinal);
        Assert.IsType<GrantAnswer.Done>(await bed.MakeAsync(approval, bed.Ada, [workspace[..23]], @is: "prefix"));
    }

    [Fact]
    public async Task What_is_decided_each_time_cannot_be_granted()
    {
        await using var bed = await GrantBed.OpenAsync(store, "--Policy:Tools:workspace.create=confirm", "--Policy:Tools:handoff_to_workspace_agent=confirm", "--Policy:Tools:workspace.rename=confirm_recent");
        await bed.PersonAsync("mara");
        var made = await bed.CallAsync("workspace.create", new { title = "kettle" }, bed.Ada);
        await RefusedAsync(bed, 422, "invalid", await bed.ApproveAsync(made, bed.Ada), bed.Ada, "ws_none");
        var workspace = (string)(await bed.Approvals.FindAsync(bed.Ada, made.ApprovalId!, default))!.Outcome!.Result!["workspace"]!["id"]!;
        foreach (var (tool, arguments) in new (string, object)[]
        {
            ("workspace.add_collaborator", new { workspace_id = workspace, account = "mara@example.org", role = "viewer" }), ("workspace.set_role", new { workspace_id = workspace, account = "mara@example.org", role = "collaborator" }),
            ("config.set", new { key = "Logs:Days", value = 7 }), ("plan.batch", new { steps = new[] { new { tool = "workspace.archive", arguments = new { workspace_id = workspace } } } }),
            ("handoff_to_workspace_agent", new { workspace_id = workspace, goal = "Look around." }), ("workspace.rename", new { workspace_id = workspace, title = "pan" }),
        })
        {
            // A hand-over tells its conversation, which here is none.
            var asked = await bed.CallAsync(tool, arguments, bed.Ada, tool == "handoff_to_workspace_agent" ? null : GrantBed.Conversation);
            if (tool == "plan.batch") await bed.BackAsync(workspace, await ApprovedAsync(bed, asked));
            else await bed.ApproveAsync(asked, bed.Ada);
            await RefusedAsync(bed, 422, "invalid", asked.ApprovalId!, bed.Ada, workspace);
        }
        var archive = await bed.ArchiveAsync(workspace, bed.Ada, tainted: true);
        await bed.ApproveAsync(archive, bed.Ada);
        await RefusedAsync(bed, 422, "invalid", archive.ApprovalId!, bed.Ada, workspace);
        await bed.ApproveAsync(await bed.CallAsync("workspace.delete", new { workspace_id = workspace }, bed.Ada), bed.Ada);
        var purge = await bed.CallAsync("workspace.purge", new { workspace_id = workspace }, bed.Ada);
        var open = await bed.Approvals.OpenAsync(bed.Ada, purge.ApprovalId!, default);
        Assert.IsType<ApprovalDecision.Done>(await bed.Approvals.ApproveAsync(bed.Ada, purge.ApprovalId!, new ApproveRequest(open!.ConfirmToken, Typed: "pan"), default));
        await RefusedAsync(bed, 422, "invalid", purge.ApprovalId!, bed.Ada, workspace);
        Assert.Empty(await bed.RowsAsync("grant.created"));
    }

    [Fact]
    public async Task A_declined_plan_and_an_undo_are_no_reason_for_a_grant()
    {
        await using var bed = await GrantBed.OpenAsync(store, "--Policy:Tools:undo=confirm");
        var workspace = await bed.WorkspaceAsync(bed.Ada);
        var asked = await bed.ArchiveAsync(workspace, bed.Ada);
        await bed.Approvals.DeclineAsync(bed.Ada, asked.ApprovalId!, null, default);
        await RefusedAsync(bed, 409, "conflict", asked.ApprovalId!, bed.Ada, workspace);
        var again = await bed.ArchiveAsync(workspace, bed.Ada);
        await bed.ApproveAsync(again, bed.Ada);
        var action = (await bed.Approvals.FindAsync(bed.Ada, again.ApprovalId!, default))!.Outcome!.ActionId;
        var undo = await bed.CallAsync("undo", new { action_id = action }, bed.Ada);
        await bed.ApproveAsync(undo, bed.Ada);
        await RefusedAsync(bed, 422, "invalid", undo.ApprovalId!, bed.Ada, workspace);
    }

    [Fact]
    public async Task So_many_grants_of_one_principal_are_enough()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var workspace = await bed.WorkspaceAsync(bed.Ada);
        var first = await bed.DecidedAsync(workspace, bed.Ada);
        for (var i = 0; i < GrantMaking.MostActive; i++) await bed.GrantedAsync(bed.Ada, [workspace], count: 1, conversation: $"cnv_{i}");
        await RefusedAsync(bed, 409, "conflict", first, bed.Ada, workspace);
    }

    [Fact]
    public async Task Without_a_row_on_the_record_there_is_no_grant()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var workspace = await bed.WorkspaceAsync(bed.Ada);
        var approval = await bed.DecidedAsync(workspace, bed.Ada);
        bed.NoRowsOf = "grant.created";
        await Assert.ThrowsAsync<HubUnavailableException>(() => bed.MakeAsync(approval, bed.Ada, [workspace]));
        bed.NoRowsOf = null;
        Assert.Empty((await bed.Grants.ListAsync(bed.Ada, new GrantFilter(), default)).Items);
        Assert.IsType<GrantAnswer.Done>(await bed.MakeAsync(approval, bed.Ada, [workspace]));
    }

    private static async Task<Principal> ApprovedAsync(GrantBed bed, Outcome asked)
    {
        await bed.ApproveAsync(asked, bed.Ada);
        return bed.Ada;
    }

    private static async Task RefusedAsync(GrantBed bed, int http, string code, string approval, Principal by, string workspace)
    {
        var refused = Assert.IsType<GrantAnswer.Refused>(await bed.MakeAsync(approval, by, [workspace]));
        Assert.True((refused.Http, refused.Code) == (http, code), $"{refused.Http} {refused.Code}: {refused.Message}");
    }
}

public sealed class GrantMakingOnSqliteTests() : GrantMakingTests(TestStore.Sqlite);

public sealed class GrantMakingOnPostgresTests() : GrantMakingTests(TestStore.Postgres);
