using Bunit;
using ControlChat.App.Invitations;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Invitations;

/// <summary>The panel of invitations over the real hub: ask, approve, copy, revoke.</summary>
public sealed class InvitationsPanelTests : IAsyncLifetime
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);
    private readonly FakeTime _time = new();
    private HubShell _shell = null!;

    public async ValueTask InitializeAsync() => _shell = await HubShell.StartAsync(_time, ["--SignIn:Password=true"]);

    public ValueTask DisposeAsync() => _shell.DisposeAsync();

    [Fact]
    public async Task An_admin_asks_and_the_invitation_stands_in_the_list_once_it_is_approved()
    {
        var page = Show();
        page.WaitForAssertion(() => Assert.Contains("No invitation waits.", page.Markup, StringComparison.Ordinal), _patience);
        await InviteAsync(page, "Nora@Example.org");
        var row = page.WaitForElement("[data-invitation]", _patience);
        Assert.Contains("nora@example.org to this hub by", row.TextContent, StringComparison.Ordinal);
        Assert.Contains("7 days left", row.TextContent, StringComparison.Ordinal);
        // To revoke asks as well.
        page.Find("[aria-label='Revoke the invitation of nora@example.org']").Click();
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("[data-outcome=confirmation_required]").Count), _patience);
    }

    [Fact]
    public void What_is_wrong_is_said_where_it_was_entered()
    {
        var page = Show();
        Open(page);
        page.Find("#invite-email").Input("nobody");
        page.Find("#invite-form").Submit();
        page.WaitForAssertion(() => Assert.Contains("This is no e-mail address.", page.Find("#invite-form [role=alert]").TextContent, StringComparison.Ordinal), _patience);
        Assert.Empty(page.FindAll("[data-outcome]"));
        page.Find("#invite-workspace").Input("nothing");
        page.Find("#invite-email").Input("nora@example.org");
        page.Find("#invite-form").Submit();
        page.WaitForAssertion(() => Assert.Contains("nothing", page.Find("#invite-form [role=alert]").TextContent, StringComparison.Ordinal), _patience);
    }

    [Fact]
    public async Task A_link_is_shown_once_and_asks_for_a_fresh_sign_in()
    {
        var page = Show();
        await InviteAsync(page, "nora@example.org");
        page.WaitForElement("[aria-label='Copy link for nora@example.org']", _patience).Click();
        var link = page.WaitForElement("[data-link] code.secret", _patience).TextContent;
        Assert.StartsWith(_shell.Hub.Url + "/invite#t=", link, StringComparison.Ordinal);
        page.FindAll("[data-link] button").Single(b => b.TextContent == "Done").Click();
        Assert.Empty(page.FindAll("code.secret"));
        _time.Sleep(TimeSpan.FromMinutes(11));
        page.Find("[aria-label='Copy link for nora@example.org']").Click();
        page.WaitForElement("[data-sign-in-again]", _patience);
        Assert.Empty(page.FindAll("code.secret"));
    }

    [Fact]
    public async Task An_invitation_that_opens_nothing_says_so_and_offers_no_link()
    {
        var page = Show();
        await InviteAsync(page, "nora@example.org");
        page.WaitForElement("[aria-label='Copy link for nora@example.org']", _patience);
        await using (var transaction = await _shell.Of<HubDatabase>().BeginAsync(default))
        {
            await transaction.ExecuteAsync("insert into accounts (id, name, role, created_at) values ('acc_gone', 'Gone', 'member', hub_now())", null, default);
            await transaction.ExecuteAsync("update invitations set invited_by = 'acc_gone'", null, default);
            await transaction.CommitAsync(default);
        }
        page = Show();
        var row = page.WaitForElement("[data-invitation]", _patience);
        Assert.Contains("Opens nothing now", row.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("Waits", row.TextContent, StringComparison.Ordinal);
        Assert.Equal(["Revoke"], row.QuerySelectorAll("button").Select(b => b.TextContent));
    }

    [Fact]
    public void A_member_sees_no_invitations_to_the_hub()
    {
        _shell.Who.Set(_shell.Hub.Person with { Role = "member" });
        Assert.Equal("", _shell.Render<InvitationsPanel>().Markup.Trim());
    }

    private IRenderedComponent<InvitationsPanel> Show()
    {
        var page = _shell.Render<InvitationsPanel>();
        page.WaitForElement("#invitations-shown", _patience);
        return page;
    }

    private static void Open(IRenderedComponent<InvitationsPanel> page) => page.FindAll("button").First(b => b.TextContent == "Invite").Click();

    private async Task InviteAsync(IRenderedComponent<InvitationsPanel> page, string email)
    {
        Open(page);
        page.Find("#invite-email").Input(email);
        page.Find("#invite-form").Submit();
        page.WaitForElement("[data-outcome=confirmation_required]", _patience);
        var approvals = _shell.Of<IApprovals>();
        var approval = Assert.Single((await approvals.ListAsync(_shell.Hub.Person, new ApprovalFilter("pending"), default)).Items);
        var open = (await approvals.OpenAsync(_shell.Hub.Person, approval.Id, default))!;
        Assert.IsType<ApprovalDecision.Done>(await approvals.ApproveAsync(_shell.Hub.Person, approval.Id, new ApproveRequest(open.ConfirmToken), default));
        // News of one go is read once, after a pause of the page's own clock.
        await Waiting.UntilAsync(() =>
        {
            _shell.Time.Advance(TimeSpan.FromMilliseconds(250));
            return page.FindAll("[data-invitation]").Count > 0;
        });
    }
}
