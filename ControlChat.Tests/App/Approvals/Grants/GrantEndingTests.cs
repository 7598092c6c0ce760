using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Grants;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Approvals.Grants;

/// <summary>A grant ends with what it stood on, at once and for good, and the record says why.</summary>
public abstract class GrantEndingTests(TestStore store)
{
    [Fact]
    public async Task Revoking_works_for_who_has_it_who_gave_it_and_any_admin_frozen_or_not()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var (mara, nils, olga) = (await bed.PersonAsync("mara"), await bed.PersonAsync("nils"), await bed.PersonAsync("olga", "admin"));
        var workspace = await bed.WorkspaceAsync(mara);
        await bed.Get<IFreezes>().SetAsync(bed.Ada, "tool", "workspace.pin", "Looking.", default);
        foreach (var (by, given) in new[] { (mara, bed.Ada), (bed.Ada, bed.Ada), (olga, bed.Ada) })
        {
            var grant = await bed.GrantedAsync(mara, [workspace], approver: given);
            var freeze = await bed.Get<IFreezes>().SetAsync(bed.Ada, "hub", null, "Looking.", default);
            Assert.Equal((404, "not_found"), Refused(await bed.Grants.RevokeAsync(nils, grant.Id, default)));
            Assert.Equal((403, "token_cannot_approve"), Refused(await bed.Grants.RevokeAsync(await bed.TokenAsync(mara), grant.Id, default)));
            var revoked = Assert.IsType<GrantAnswer.Done>(await bed.Grants.RevokeAsync(by, grant.Id, default)).Grant;
            Assert.Equal(("revoked", by.AccountId, "person", false), (revoked.Status, revoked.RevokedBy, revoked.Reason, revoked.MayRevoke));
            // Again changes nothing.
            Assert.Equal("revoked", Assert.IsType<GrantAnswer.Done>(await bed.Grants.RevokeAsync(olga, grant.Id, default)).Grant.Status);
            await bed.Get<IFreezes>().LiftAsync(bed.Ada, freeze.Id, default);
            Assert.Equal("confirmation_required", (await bed.ArchiveAsync(workspace, mara)).Status);
        }
        var rows = await bed.RowsAsync("grant.revoked");
        Assert.Equal([mara.AccountId, bed.Ada.AccountId, olga.AccountId], rows.Select(r => (string)r["actor"]!["account"]!));
        Assert.All(rows, r => Assert.Equal("person", (string?)r["data"]!["reason"]));
    }

    [Fact]
    public async Task Revoked_while_many_use_it_no_more_run_than_were_counted()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var workspaces = new List<string>();
        for (var i = 0; i < 30; i++) workspaces.Add(await bed.WorkspaceAsync(bed.Ada, $"kettle {i}"));
        var grant = await bed.GrantedAsync(bed.Ada, workspaces, count: 30);
        var calls = workspaces.Select(w => Task.Run(() => bed.ArchiveAsync(w, bed.Ada))).ToList();
        var revoking = Task.Run(() => bed.Grants.RevokeAsync(bed.Ada, grant.Id, default));
        var outcomes = await Task.WhenAll(calls);
        await revoking;
        var now = await bed.FindAsync(grant);
        Assert.Equal(now.Used, outcomes.Count(o => o.GrantId == grant.Id));
        Assert.All(outcomes, o => Assert.True(o.Status is "completed" or "confirmation_required"));
        Assert.Equal(now.Used, (await bed.RowsAsync("grant.used")).Count);
        // Nothing ran by it after its end.
        var ended = (await SeqsAsync(bed, "grant.revoked")).Append(long.MaxValue).First();
        Assert.All(await SeqsAsync(bed, "grant.used"), used => Assert.True(used < ended));
    }

    [Fact]
    public async Task It_ends_when_a_role_on_the_hub_changes_and_stays_ended_when_the_role_comes_back()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var (mara, nils) = (await bed.PersonAsync("mara"), await bed.PersonAsync("nils", "admin"));
        var workspace = await bed.WorkspaceAsync(mara);
        var (grantees, grantors) = (await bed.GrantedAsync(mara, [workspace]), await bed.GrantedAsync(mara, [workspace], approver: nils, conversation: "cnv_two"));
        var people = bed.Get<People>();
        foreach (var (account, role, ended) in new[] { (nils.AccountId, "member", grantors), (mara.AccountId, "admin", grantees) })
        {
            Assert.IsType<PersonChange.Done>(await people.ChangeRoleAsync(bed.Ada, account, role, default));
            Assert.IsType<PersonChange.Done>(await people.ChangeRoleAsync(bed.Ada, account, role == "admin" ? "member" : "admin", default));
            Assert.Equal(("revoked", "role"), ((await bed.FindAsync(ended)).Status, (await bed.FindAsync(ended)).Reason));
        }
        Assert.Equal("confirmation_required", (await bed.ArchiveAsync(workspace, mara)).Status);
        Assert.Equal("confirmation_required", (await bed.ArchiveAsync(workspace, mara, "cnv_two")).Status);
        Assert.Equal([grantors.Id, grantees.Id], (await bed.RowsAsync("grant.revoked")).Select(r => (string)r["data"]!["grant_id"]!));
    }

    [Fact]
    public async Task It_ends_with_the_account_and_with_the_token()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var (mara, nils) = (await bed.PersonAsync("mara"), await bed.PersonAsync("nils", "admin"));
        var (workspace, own) = (await bed.WorkspaceAsync(mara), await bed.WorkspaceAsync(bed.Ada));
        var (first, second) = (await bed.TokenAsync(bed.Ada), await bed.TokenAsync(mara));
        var byToken = await bed.GrantedAsync(first, [own], approver: bed.Ada, conversation: null);
        var byReset = await bed.GrantedAsync(second, [workspace], approver: bed.Ada, conversation: null);
        var (closed, given) = (await bed.GrantedAsync(mara, [workspace]), await bed.GrantedAsync(mara, [workspace], approver: nils, conversation: "cnv_two"));
        await bed.Get<ApiTokens>().RevokeAsync(first.TokenId!, null, AccountActor.Of(bed.Ada), default);
        await bed.Get<People>().CreateLinkAsync(bed.Ada, mara.AccountId, revokeTokens: true, default);
        await bed.Get<People>().CloseAsync(bed.Ada, nils.AccountId, default);
        Assert.Equal(("token", "token", "closed", (string?)null), ((await bed.FindAsync(byToken)).Reason, (await bed.FindAsync(byReset)).Reason, (await bed.FindAsync(given)).Reason, (await bed.FindAsync(closed)).Reason));
        await bed.Get<People>().CloseAsync(bed.Ada, mara.AccountId, default);
        await bed.Get<People>().ReopenAsync(bed.Ada, mara.AccountId, default);
        Assert.Equal("closed", (await bed.FindAsync(closed)).Reason);
        Assert.Equal("confirmation_required", (await bed.ArchiveAsync(workspace, await bed.SignInAsync(mara.AccountId))).Status);
        Assert.Equal(["token", "token", "closed", "closed"], (await bed.RowsAsync("grant.revoked")).Select(r => (string)r["data"]!["reason"]!));
    }

    [Fact]
    public async Task It_ends_when_the_role_in_one_of_its_workspaces_changes_by_whatever_plan()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var mara = await bed.PersonAsync("mara");
        var (one, other) = (await bed.WorkspaceAsync(bed.Ada, "one"), await bed.WorkspaceAsync(bed.Ada, "other"));
        foreach (var workspace in new[] { one, other })
            await bed.ApproveAsync(await bed.CallAsync("workspace.add_collaborator", new { workspace_id = workspace, account = mara.AccountId, role = "owner" }, bed.Ada), bed.Ada);
        var changes = new (string Tool, object Arguments)[]
        {
            ("workspace.set_role", new { workspace_id = other, account = mara.AccountId, role = "collaborator" }), ("workspace.set_role", new { workspace_id = other, account = mara.AccountId, role = "owner" }),
            ("plan.batch", new { steps = new[] { new { tool = "workspace.remove_collaborator", arguments = new { workspace_id = other, account = mara.AccountId } } } }),
        };
        foreach (var (tool, arguments) in changes)
        {
            var grant = await bed.GrantedAsync(mara, [one, other]);
            await bed.ApproveAsync(await bed.CallAsync(tool, arguments, bed.Ada), bed.Ada);
            Assert.Equal(("revoked", "membership"), ((await bed.FindAsync(grant)).Status, (await bed.FindAsync(grant)).Reason));
            Assert.Equal("confirmation_required", (await bed.ArchiveAsync(one, mara)).Status);
        }
        var rows = await bed.RowsAsync("grant.revoked");
        Assert.All(rows, r => Assert.Equal((other, bed.Ada.AccountId), ((string?)r["workspace_id"], (string?)r["actor"]!["account"])));
        Assert.Equal(changes.Length, rows.Count);
    }

    [Fact]
    public async Task A_role_that_ended_past_every_plan_between_planning_and_applying_stops_the_use_too()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var (mara, olga) = (await bed.PersonAsync("mara"), await bed.PersonAsync("olga", "admin"));
        var workspace = await bed.WorkspaceAsync(mara);
        var grant = await bed.GrantedAsync(mara, [workspace], approver: olga);
        var plan = (await bed.CallAsync("workspace.archive", new { workspace_id = workspace }, mara, dryRun: true)).Plan!;
        async Task<bool> TakesAsync(string sql)
        {
            await using var transaction = await bed.Database.BeginAsync(default);
            await transaction.ExecuteAsync(sql, new { mara = mara.AccountId, olga = olga.AccountId, workspace }, default);
            return await GrantUses.TakeAsync(transaction, new PlanOrder(plan, [], mara, new CallOrigin("ask", GrantBed.Conversation), null, []), outside: false, default) is not null;
        }
        Assert.True(await TakesAsync("update accounts set name = 'Mara' where id = @mara"));
        foreach (var sql in new[]
        {
            "update accounts set role = 'admin' where id = @mara", "update accounts set closed_at = hub_now() where id = @mara",
            "update accounts set role = 'member' where id = @olga", "update accounts set closed_at = hub_now() where id = @olga",
            "update workspace_members set role = 'collaborator' where workspace_id = @workspace", "delete from workspace_members where workspace_id = @workspace",
            "update grants set revoked_at = hub_now()", "update grants set used = most", "update grants set ends_at = hub_now()", "update grants set tool_hash = 'another'",
        }) Assert.False(await TakesAsync(sql), sql);
        Assert.Equal(0, (await bed.FindAsync(grant)).Used);
    }

    [Fact]
    public async Task Without_its_row_on_the_record_neither_the_grant_ends_nor_what_would_end_it_happens()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var mara = await bed.PersonAsync("mara");
        var grant = await bed.GrantedAsync(mara, [await bed.WorkspaceAsync(mara)]);
        bed.NoRowsOf = "grant.revoked";
        await Assert.ThrowsAsync<ControlChat.Core.Hub.HubUnavailableException>(() => bed.Grants.RevokeAsync(mara, grant.Id, default));
        await Assert.ThrowsAsync<ControlChat.Core.Hub.HubUnavailableException>(() => bed.Get<People>().ChangeRoleAsync(bed.Ada, mara.AccountId, "admin", default));
        bed.NoRowsOf = null;
        Assert.Equal("active", (await bed.FindAsync(grant)).Status);
        Assert.Equal("member", (await bed.Get<People>().ListAsync(bed.Ada, default)).Single(a => a.Id == mara.AccountId).Role);
    }

    private static (int, string) Refused(GrantAnswer answer)
    {
        var refused = Assert.IsType<GrantAnswer.Refused>(answer);
        return (refused.Http, refused.Code);
    }

    private static async Task<IReadOnlyList<long>> SeqsAsync(GrantBed bed, string auditEvent)
    {
        await using var reader = await bed.Database.ReadAsync(default);
        return await reader.QueryAsync<long>("select seq from audit where event = @auditEvent order by seq", new { auditEvent }, default);
    }
}

public sealed class GrantEndingOnSqliteTests() : GrantEndingTests(TestStore.Sqlite);

public sealed class GrantEndingOnPostgresTests() : GrantEndingTests(TestStore.Postgres);
