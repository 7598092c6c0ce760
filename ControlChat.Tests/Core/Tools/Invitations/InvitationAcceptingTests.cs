using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Tools.Invitations;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Invitations;

/// <summary>Who gets in by an invitation, once, and what stands on the record of it.</summary>
public abstract class InvitationAcceptingTests(TestStore store) : InvitationBench(store)
{
    [Fact]
    public async Task Whose_address_it_names_accepts_by_the_link_and_the_record_tells_all()
    {
        var invitation = await InviteToAsync(" Ana@Example.ORG ");
        var link = await LinkAsync(Olga, invitation);
        var offer = Assert.IsType<InvitationLook.Open>(await Door.LookAsync(link, Ana, default)).Offer;
        Assert.Equal(("Billing", "collaborator", "Olga", "ana@example.org"), (offer.WorkspaceTitle, offer.WorkspaceRole, offer.InvitedBy, offer.Email));
        Assert.Equal(new InvitationResult.Accepted(Workspace), await AcceptAsync(Ana, invitation, link));
        Assert.Equal("collaborator", await RoleAsync(Ana));
        Assert.Equal(0, await CountAsync($"account_ties where account_id = '{Ana.AccountId}'"));
        var (account, member) = (await RowAsync("account.changed"), await RowAsync("tool.applied"));
        Assert.Equal(("invitation_accepted", invitation, Ana.AccountId, Olga.AccountId),
            ((string)account["data"]!["change"]!, (string)account["data"]!["invitation_id"]!, (string)account["actor"]!["account"]!, (string)account["data"]!["invited_by"]!));
        Assert.Equal(("workspace.add_collaborator", Workspace, invitation), ((string)member["tool"]!, (string)member["workspace_id"]!, (string)member["data"]!["invitation_id"]!));
        var effect = Assert.Single(member["data"]!["effects"]!.AsArray())!;
        Assert.Equal(("create", $"member/{Workspace}:{Ana.AccountId}", "collaborator"), ((string)effect["op"]!, (string)effect["resource"]!, (string)effect["after"]!["role"]!));
        // Used up for everybody else; whoever accepted is led to where it led.
        Assert.Equal(new InvitationLook.Yours(Workspace), await Door.LookAsync(link, Ana, default));
        Assert.Equal(new InvitationLook.Gone("used"), await Door.LookAsync(link, Ben, default));
        Assert.IsType<InvitationResult.Gone>(await AcceptAsync(Ben, invitation, link));
        Assert.Equal("used", await ReasonAsync());
    }

    [Theory, InlineData("ana+billing@example.org"), InlineData("a.na@example.org"), InlineData("ana@example.org.evil.example"), InlineData("ana@exаmple.org")]
    public async Task An_address_that_is_only_like_it_is_another(string address)
    {
        var invitation = await InviteToAsync(address);
        var link = await LinkAsync(Olga, invitation);
        Assert.Equal(new InvitationLook.Gone("other_account"), await Door.LookAsync(link, Ana, default));
        Assert.IsType<InvitationResult.Gone>(await AcceptAsync(Ana, invitation, link));
        Assert.Equal("other_account", await ReasonAsync());
        Assert.Null(await RoleAsync(Ana));
        Assert.Empty(await Door.WaitingAsync(Ana, default));
    }

    [Fact]
    public async Task An_address_is_proof_enough_and_an_id_is_none()
    {
        var (named, open) = (await InviteToAsync("ana@example.org"), await InviteToAsync(null));
        Assert.Equal(named, Assert.Single(await Door.WaitingAsync(Ana, default)).Id);
        Assert.Empty(await Door.WaitingAsync(Ben, default));
        Assert.IsType<InvitationResult.Gone>(await AcceptAsync(Ben, named, null));
        Assert.IsType<InvitationResult.Gone>(await AcceptAsync(Ana, open, null));
        // Another invitation's link opens no other.
        Assert.IsType<InvitationResult.Gone>(await AcceptAsync(Ben, named, await LinkAsync(Olga, open)));
        Assert.Equal(new InvitationResult.Accepted(Workspace), await AcceptAsync(Ana, named, null));
        Assert.Empty(await Door.WaitingAsync(Ana, default));
    }

    [Theory, InlineData("expired"), InlineData("revoked"), InlineData("inviter_closed"), InlineData("inviter_viewer"), InlineData("inviter_out"), InlineData("trashed")]
    public async Task What_ended_meanwhile_lets_nobody_in(string how)
    {
        var invitation = await InviteToAsync("ana@example.org", days: 1);
        var link = await LinkAsync(Olga, invitation);
        await EndAsync(how, invitation);
        var ana = await SignInAsync(Ana.AccountId);
        var reason = how is "expired" or "revoked" ? how : "inviter";
        Assert.Equal(new InvitationLook.Gone(reason), await Door.LookAsync(link, ana, default));
        Assert.Empty(await Door.WaitingAsync(ana, default));
        Assert.IsType<InvitationResult.Gone>(await AcceptAsync(ana, invitation, link));
        Assert.Equal(reason, await ReasonAsync());
        Assert.IsType<InvitationResult.Gone>(await AcceptAsync(ana, invitation, null));
        Assert.Null(await RoleAsync(Ana));
        Assert.Equal(0, await CountAsync("audit where tool = 'workspace.add_collaborator'"));
    }

    [Fact]
    public async Task An_admin_who_is_none_any_more_let_nobody_into_the_hub()
    {
        var other = await PersonAsync("Ida", "ida@example.org");
        var people = Hub.Services.GetRequiredService<People>();
        Assert.IsType<PersonChange.Done>(await people.ChangeRoleAsync(null, other.AccountId, "admin", default));
        other = await SignInAsync(other.AccountId);
        var invitation = await InviteAsync(other, new { email = "ana@example.org" });
        var link = await LinkAsync(Admin, invitation);
        Assert.IsType<PersonChange.Done>(await people.ChangeRoleAsync(null, other.AccountId, "member", default));
        Assert.Equal(new InvitationLook.Gone("inviter"), await Door.LookAsync(link, Ana, default));
        Assert.IsType<InvitationResult.Gone>(await AcceptAsync(Ana, invitation, link));
    }

    [Fact]
    public async Task Of_many_who_hold_the_link_at_the_same_moment_one_gets_in()
    {
        var invitation = await InviteToAsync(null);
        var link = await LinkAsync(Olga, invitation);
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => AcceptAsync(i % 2 == 0 ? Ana : Ben, invitation, link))));
        // Whoever got in and pressed again is led there again.
        Assert.Single(Enumerable.Range(0, 8).Where(i => results[i] is InvitationResult.Accepted).Select(i => i % 2).Distinct());
        Assert.Equal(2, await CountAsync($"workspace_members where workspace_id = '{Workspace}'"));
        Assert.Equal(1, await CountAsync("audit where tool = 'workspace.add_collaborator'"));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_click_that_came_twice_leads_to_the_place_and_does_nothing_more(bool byLink)
    {
        var invitation = await InviteToAsync("ana@example.org");
        var link = byLink ? await LinkAsync(Olga, invitation) : null;
        for (var i = 0; i < 2; i++) Assert.Equal(new InvitationResult.Accepted(Workspace), await AcceptAsync(Ana, invitation, link));
        Assert.Equal(1, await CountAsync("audit where tool = 'workspace.add_collaborator'"));
        Assert.Equal(0, await CountAsync("audit where event = 'signin.failed'"));
        Assert.IsType<InvitationResult.Gone>(await AcceptAsync(Ben, invitation, link));
    }

    [Fact]
    public async Task Who_is_a_member_keeps_their_role()
    {
        await WriteAsync(t => new MemberStore().AddAsync(t, Workspace, Ana.AccountId, "viewer", default));
        var invitation = await InviteToAsync("ana@example.org", "owner");
        Assert.Equal(new InvitationResult.Accepted(Workspace), await AcceptAsync(Ana, invitation, await LinkAsync(Olga, invitation)));
        Assert.Equal("viewer", await RoleAsync(Ana));
    }

    [Fact]
    public async Task Who_owns_as_many_as_they_may_becomes_no_owner_and_the_invitation_waits()
    {
        var most = Hub.Services.GetRequiredService<ControlChat.Core.Settings.IHubSettings>().Current.Limits.Workspaces;
        for (var i = 0; i < most; i++) await WorkspaceAsync($"w{i}", Ana);
        var invitation = await InviteToAsync("ana@example.org", "owner");
        Assert.IsType<InvitationResult.Full>(await AcceptAsync(Ana, invitation, null));
        Assert.Equal(("pending", (string?)null), (Assert.Single((await ListAsync(Olga)))!["state"]!.ToString(), await RoleAsync(Ana)));
        Assert.Equal(0, await CountAsync("audit where event = 'account.changed' and account = '" + Ana.AccountId + "' and body like '%invitation_accepted%'"));
    }

    [Theory, InlineData("hub", null), InlineData("tool", "invitation.create"), InlineData("workspace", "W")]
    public async Task A_stop_switch_holds_here_too_and_the_invitation_waits(string scope, string? target)
    {
        var invitation = await InviteToAsync("ana@example.org");
        var freezes = Hub.Services.GetRequiredService<ControlChat.Core.Gate.IFreezes>();
        var freeze = await freezes.SetAsync(scope == "workspace" ? Olga : Admin, scope, target == "W" ? Workspace : target, "a drill", default);
        Assert.IsType<InvitationResult.Frozen>(await AcceptAsync(Ana, invitation, null));
        Assert.Null(await RoleAsync(Ana));
        await freezes.LiftAsync(scope == "workspace" ? Olga : Admin, freeze.Id, default);
        Assert.IsType<InvitationResult.Accepted>(await AcceptAsync(Ana, invitation, null));
    }

    [Fact]
    public async Task A_browser_that_was_signed_out_and_a_token_accept_nothing()
    {
        var invitation = await InviteToAsync("ana@example.org");
        await Hub.Services.GetRequiredService<BrowserSessions>().EndAllAsync(Ana, default);
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => AcceptAsync(Ana, invitation, null));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => AcceptAsync(TestPrincipals.Token(Ana.AccountId), invitation, null));
        Assert.Null(await RoleAsync(Ana));
    }

    private async Task<JsonArray> ListAsync(Principal person) => (await AskAsync(person, "invitation.list", new { })).Result!["items"]!.AsArray();

    private async Task<JsonObject> RowAsync(string name) =>
        JsonNode.Parse((await FindAsync<string>("select body from audit where event = @name order by seq desc limit 1", new { name }))!)!.AsObject();

    private Task EndAsync(string how, string invitation)
    {
        if (how == "expired") Time.Sleep(TimeSpan.FromDays(1) + TimeSpan.FromSeconds(1));
        return how switch
        {
            "expired" => Task.CompletedTask,
            "revoked" => DoAsync(Olga, "invitation.revoke", new { invitation_id = invitation }),
            "inviter_closed" => Hub.Services.GetRequiredService<People>().CloseAsync(null, Olga.AccountId, default),
            "trashed" => WriteAsync(t => t.ExecuteAsync("update workspaces set state = 'trashed' where id = @Workspace", new { Workspace }, default)),
            "inviter_viewer" => WriteAsync(t => t.ExecuteAsync("update workspace_members set role = 'viewer' where workspace_id = @Workspace", new { Workspace }, default)),
            _ => WriteAsync(t => t.ExecuteAsync("delete from workspace_members where workspace_id = @Workspace", new { Workspace }, default)),
        };
    }
}

public sealed class InvitationAcceptingOnSqlite() : InvitationAcceptingTests(TestStore.Sqlite);

public sealed class InvitationAcceptingOnPostgres() : InvitationAcceptingTests(TestStore.Postgres);
