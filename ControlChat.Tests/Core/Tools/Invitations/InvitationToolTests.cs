using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Tools.Invitations;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Invitations;

/// <summary>Inviting, revoking and listing: what the plan says, who may, how many, and that nobody learns who is here.</summary>
public abstract class InvitationToolTests(TestStore store) : InvitationBench(store)
{
    [Fact]
    public async Task The_plan_says_who_to_what_as_what_and_until_when_and_asks()
    {
        var asked = await AskAsync(Olga, "invitation.create", new { email = "NORA@example.org", workspace_id = "Billing", workspace_role = "collaborator", note = "Welcome" });
        var plan = asked.Plan!;
        Assert.Equal(("confirmation_required", "confirm", true), (asked.Status, plan.Decision, plan.Access));
        Assert.Equal("Invite nora@example.org to 'Billing' as collaborator, until 28 November", plan.Summary);
        var effect = Assert.Single(plan.Effects);
        Assert.Equal($$"""{"email":"nora@example.org","role":"member","workspace_id":"{{Workspace}}","workspace_role":"collaborator","expires_at":"2026-11-28T08:00:00.000Z","note":"Welcome"}""", effect.After!.ToJsonString());
        Assert.Equal(("invitation.revoke", effect.Resource["invitation/".Length..]), (plan.Compensation!.Tool, (string)plan.Compensation.Arguments["invitation_id"]!));
        Assert.Equal(0, await CountAsync("invitations"));
    }

    [Fact]
    public async Task Whether_an_address_has_an_account_or_was_invited_before_makes_no_difference()
    {
        await InviteToAsync("ben@example.org");
        var plans = new List<string>();
        foreach (var who in (string[])["ana", "ben", "nora", "olga"])
        {
            var asked = await AskAsync(Olga, "invitation.create", new { email = $"{who}@example.org", workspace_id = Workspace });
            var plan = asked.Plan!;
            plans.Add(string.Join('\n', asked.Status, plan.Summary, plan.Arguments.ToJsonString(), plan.Effects[0].After!.ToJsonString(), string.Join('|', plan.Warnings)).Replace(who, "X", StringComparison.Ordinal));
            var made = await DoAsync(Olga, "invitation.create", new { email = $"{who}@example.org", workspace_id = Workspace });
            plans[^1] += "\n" + made.ToJsonString().Replace((string)made["id"]!, "ID", StringComparison.Ordinal).Replace(who, "X", StringComparison.Ordinal).Replace("Olga", "X", StringComparison.Ordinal).Replace("olga", "X", StringComparison.Ordinal);
        }
        Assert.Single(plans.Select(p => p.Replace("Olga", "X", StringComparison.Ordinal)).Distinct());
    }

    [Fact]
    public async Task The_hub_is_the_admins_and_a_workspace_its_owners_to_invite_to()
    {
        Assert.Equal("denied", (await AskAsync(Ana, "invitation.create", new { email = "x@example.org" })).Status);
        Assert.Equal("denied", (await AskAsync(Olga, "invitation.create", new { email = "x@example.org" })).Status);
        Assert.Equal("not_found", (await AskAsync(Ana, "invitation.create", new { workspace_id = Workspace })).Status);
        Assert.Equal("not_found", (await AskAsync(Admin, "invitation.create", new { workspace_id = Workspace })).Status);
        Assert.Equal("confirmation_required", (await AskAsync(Admin, "invitation.create", new { email = "x@example.org" })).Status);
        await WriteAsync(t => t.ExecuteAsync("update workspaces set state = 'trashed' where id = @Workspace", new { Workspace }, default));
        Assert.Equal("conflict", (await AskAsync(Olga, "invitation.create", new { workspace_id = Workspace })).Status);
    }

    [Theory]
    [InlineData("""{"email":"nobody"}""")]
    [InlineData("""{"email":"a b@example.org"}""")]
    [InlineData("""{"workspace_role":"owner"}""")]
    [InlineData("""{"email":"x@example.org","days":0}""")]
    [InlineData("""{"email":"x@example.org","days":31}""")]
    [InlineData("""{"email":"x@example.org","role":"admin"}""")]
    [InlineData("""{"email":"x@example.org","note":"one\ntwo"}""")]
    public async Task What_is_wrong_is_refused(string arguments) => Assert.Equal("invalid", (await AskAsync(Admin, "invitation.create", JsonNode.Parse(arguments)!)).Status);

    [Fact]
    public async Task The_right_is_looked_at_once_more_when_the_plan_is_applied()
    {
        var toHub = (await AskAsync(Admin, "invitation.create", new { email = "x@example.org" })).Plan!;
        var toWorkspace = (await AskAsync(Olga, "invitation.create", new { workspace_id = Workspace })).Plan!;
        await WriteAsync(t => t.ExecuteAsync("update workspace_members set role = 'viewer' where workspace_id = @Workspace", new { Workspace }, default));
        foreach (var (person, plan) in ((Principal, Plan)[])[(Admin with { Role = "member" }, toHub), (Olga, toWorkspace)])
        {
            var refused = await Assert.ThrowsAsync<ToolRefusedException>(() => ApplyAsync(person, plan));
            Assert.Equal("denied", refused.Code);
        }
        Assert.Equal(0, await CountAsync("invitations"));
        await ApplyAsync(Admin, toHub);
        Assert.Equal(1, await CountAsync("invitations"));
    }

    [Fact]
    public async Task What_opens_nothing_is_listed_as_such_and_takes_no_room()
    {
        for (var i = 0; i < InvitationLimits.MostPending; i++) await InviteToAsync($"p{i}@example.org");
        Time.Advance(TimeSpan.FromMinutes(61));
        var other = await WorkspaceAsync("Other", Olga);
        Assert.Equal("denied", (await AskAsync(Olga, "invitation.create", new { workspace_id = other })).Status);
        var stands = (await AskAsync(Olga, "invitation.list", new { state = "pending", limit = 1 })).Result!["items"]![0]!;
        Assert.Equal(("pending", true), ((string?)stands["state"], (bool)stands["stands"]!));

        await WriteAsync(t => t.ExecuteAsync("update workspaces set state = 'trashed' where id = @Workspace", new { Workspace }, default));

        var void_ = (await AskAsync(Olga, "invitation.list", new { state = "pending", limit = 1 })).Result!["items"]![0]!;
        Assert.Equal(("pending", false), ((string?)void_["state"], (bool)void_["stands"]!));
        Assert.Equal("confirmation_required", (await AskAsync(Olga, "invitation.create", new { workspace_id = other })).Status);
    }

    [Fact]
    public async Task Fifty_may_wait_and_fifty_may_be_made_in_an_hour()
    {
        for (var i = 0; i < InvitationLimits.MostPending; i++) await InviteToAsync($"p{i}@example.org");
        Assert.Equal("denied", (await AskAsync(Olga, "invitation.create", new { workspace_id = Workspace })).Status);
        await WriteAsync(t => t.ExecuteAsync("update invitations set revoked_at = hub_now(), revoked_by = @AccountId", new { Olga.AccountId }, default));
        Assert.Equal("rate_limited", (await AskAsync(Olga, "invitation.create", new { workspace_id = Workspace })).Status);
        Time.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal("confirmation_required", (await AskAsync(Olga, "invitation.create", new { workspace_id = Workspace })).Status);
    }

    [Fact]
    public async Task Revoking_is_for_whoever_invited_for_owners_and_for_admins_and_has_a_way_back()
    {
        var id = await InviteToAsync("nora@example.org", days: 3);
        Assert.Equal("not_found", (await AskAsync(Ana, "invitation.revoke", new { invitation_id = id })).Status);
        Assert.Equal("not_found", (await AskAsync(Olga, "invitation.revoke", new { invitation_id = "inv_" + new string('0', 32) })).Status);
        var asked = await AskAsync(Admin, "invitation.revoke", new { invitation_id = id });
        Assert.Equal(("confirmation_required", true), (asked.Status, asked.Plan!.Access));
        Assert.Equal($$"""{"days":3,"email":"nora@example.org","workspace_id":"{{Workspace}}","workspace_role":"collaborator"}""", asked.Plan.Compensation!.Arguments.ToJsonString());
        Assert.Equal("revoked", (string?)(await DoAsync(Olga, "invitation.revoke", new { invitation_id = id }))["state"]);
        var again = await AskAsync(Olga, "invitation.revoke", new { invitation_id = id });
        Assert.Equal(("completed", 0), (again.Status, again.Plan!.Effects.Count));
    }

    [Fact]
    public async Task What_was_accepted_is_not_revoked_and_what_ran_out_needs_no_revoking()
    {
        var (accepted, old) = (await InviteToAsync("ana@example.org"), await InviteToAsync("ben@example.org", days: 1));
        await AcceptAsync(Ana, accepted, null);
        Time.Sleep(TimeSpan.FromHours(25));
        var olga = await SignInAsync(Olga.AccountId);
        Assert.Equal("conflict", (await AskAsync(olga, "invitation.revoke", new { invitation_id = accepted })).Status);
        var outcome = await AskAsync(olga, "invitation.revoke", new { invitation_id = old });
        Assert.Equal(("completed", null, "expired"), (outcome.Status, outcome.ActionId, (string?)outcome.Result!["invitation"]!["state"]));
        Assert.Equal(0, await CountAsync("invitations where revoked_at is not null"));
    }

    [Fact]
    public async Task Lists_are_newest_first_in_pages_and_show_each_what_is_theirs()
    {
        var hub = await InviteAsync(Admin, new { email = "x@example.org" });
        var own = new List<string>();
        for (var i = 0; i < 5; i++) own.Insert(0, await InviteToAsync($"p{i}@example.org"));
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = (await AskAsync(Olga, "invitation.list", new { limit = 2, cursor })).Result!;
            seen.AddRange(page["items"]!.AsArray().Select(i => (string)i!["id"]!));
            cursor = (string?)page["next_cursor"];
        }
        while (cursor is not null);
        // Of the same millisecond either may be the newer one.
        own = [.. own.OrderDescending(StringComparer.Ordinal)];
        Assert.Equal(own, seen);
        var all = (await AskAsync(Admin, "invitation.list", new { })).Result!["items"]!.AsArray();
        Assert.Equal(((string[])[.. own, hub]).OrderDescending(StringComparer.Ordinal), all.Select(i => (string)i!["id"]!));
        // The title is for members.
        Assert.All(all, i => Assert.Null(i!["workspace_title"]));
        Assert.Equal("Billing", (string?)(await AskAsync(Olga, "invitation.list", new { workspace_id = Workspace })).Result!["items"]![0]!["workspace_title"]);
        Assert.Empty((await AskAsync(Ana, "invitation.list", new { })).Result!["items"]!.AsArray());
        Assert.Equal("invalid", (await AskAsync(Olga, "invitation.list", new { cursor = "x" })).Status);
    }

    [Fact]
    public async Task Lists_tell_what_waits_from_what_was_accepted_and_what_ended()
    {
        var (accepted, revoked, waits) = (await InviteToAsync("ana@example.org"), await InviteToAsync("ben@example.org"), await InviteToAsync("nora@example.org"));
        await AcceptAsync(Ana, accepted, null);
        await DoAsync(Olga, "invitation.revoke", new { invitation_id = revoked });
        foreach (var (state, id) in ((string, string)[])[("pending", waits), ("accepted", accepted), ("ended", revoked)])
            Assert.Equal(id, (string?)Assert.Single((await AskAsync(Olga, "invitation.list", new { state })).Result!["items"]!.AsArray())!["id"]);
    }

    [Fact]
    public async Task What_waits_is_found_along_an_index_however_much_was_accepted()
    {
        await using var reader = await Database.ReadAsync(default);
        var plans = new PlanReader(reader);
        var store = new InvitationStore();
        await store.ListAsync(plans, new InvitationFilter(Admin.AccountId, true, InvitationState.Pending, null, null, 21), default);
        await store.ListAsync(plans, new InvitationFilter(Olga.AccountId, false, InvitationState.Pending, null, null, 21), default);
        await store.CountPendingAsync(plans, Olga.AccountId, default);
        foreach (var (_, plan) in ((string, IReadOnlyList<string>)[])[plans.Plans[0], plans.Plans[^1]]) Assert.Contains(plan, line => line.Contains("invitations_open", StringComparison.Ordinal) || line.Contains("invitations_pending_by", StringComparison.Ordinal));
    }

    private Task ApplyAsync(Principal person, Plan plan) => WriteAsync(t => ((IWriteTool)Hub.Services.GetRequiredService<IToolCatalog>().Find(plan.Tool)!)
        .ApplyAsync(new ApplyContext(t, person, new CallOrigin("ui"), Ids.New("act"), null!), new AppliedPlan(plan.Tool, plan.Arguments, plan.Effects), default));
}

public sealed class InvitationToolOnSqlite() : InvitationToolTests(TestStore.Sqlite);

public sealed class InvitationToolOnPostgres() : InvitationToolTests(TestStore.Postgres);
