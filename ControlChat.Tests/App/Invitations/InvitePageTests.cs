using ControlChat.Core.Tools.Invitations;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Invitations;

/// <summary>The page behind the link of an invitation: looking uses nothing up, and whatever is wrong with a link, the page is the same.</summary>
public sealed class InvitePageTests : InvitePageBench
{
    [Fact]
    public async Task A_signed_in_person_sees_what_it_is_and_accepts()
    {
        var link = await InviteByLinkAsync("ana@example.org");
        using var ana = await PersonAsync("Ana", "ana@example.org");
        var opened = await ana.OpenLinkAsync(link);
        Assert.Equal((303, "/invite"), (opened.Status, opened.Location));
        var page = await ana.GetAsync("/invite");
        Assert.Equal(200, page.Status);
        foreach (var word in (string[])["Billing", "Collaborator", "ana@example.org", "28 November 2026, 08:00 UTC", "Accept"]) Assert.Contains(word, page.Text, StringComparison.Ordinal);
        var accepted = await ana.SubmitAsync("/invite");
        Assert.Equal((303, $"/workspaces/{Workspace}"), (accepted.Status, accepted.Location));
        Assert.Equal("collaborator", await RoleAsync("ana@example.org"));
        // Opened once more, it leads where it led.
        Assert.Equal($"/workspaces/{Workspace}", (await ana.OpenLinkAsync(link)).Location);
        Assert.DoesNotContain(ana.Cookies.GetAllCookies(), c => c.Name == "cc-invite" && c.Value.Length > 0 && !c.Expired);
    }

    [Fact]
    public async Task Scanners_and_previews_use_nothing_up_and_the_key_is_in_no_request_line_and_no_line_of_the_log()
    {
        var link = await InviteByLinkAsync("ana@example.org");
        using var look = new HttpRequestMessage(HttpMethod.Head, new Uri("/invite", UriKind.Relative));
        using var head = await Hub.Anonymous.SendAsync(look);
        Assert.Equal(204, (int)head.StatusCode);
        // What stands behind '#' is sent by no browser; whatever somebody puts before it opens nothing.
        using var opened = await Hub.Anonymous.GetAsync(new Uri(link.Replace('#', '?'), UriKind.Relative));
        Assert.Equal((200, "no-store", "same-origin"), ((int)opened.StatusCode, opened.Headers.CacheControl!.ToString(), "same-origin"));
        Assert.DoesNotContain(opened.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [], c => c.StartsWith("cc-invite", StringComparison.Ordinal));
        using var ana = await PersonAsync("Ana", "ana@example.org");
        await ana.OpenLinkAsync(link);
        var kept = ana.Cookies.GetAllCookies().Single(c => c.Name == "cc-invite");
        Assert.True(kept.HttpOnly);
        Assert.Equal(303, (await ana.SubmitAsync("/invite")).Status);
        Assert.Contains("/invite", Hub.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(link.Split("t=")[1], Hub.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_is_opened_by_a_page_of_this_hub_in_this_browser_only()
    {
        var link = await InviteByLinkAsync("ana@example.org");
        using var ana = await PersonAsync("Ana", "ana@example.org");
        var page = await ana.GetAsync("/invite");
        Assert.Contains("No invitation waits for you", (await (await PersonAsync("Ben", "ben@example.org")).GetAsync("/invite")).Text, StringComparison.Ordinal);
        var form = TestBrowser.HiddenOf(page);
        form["t"] = link.Split("#t=")[1];
        var refused = await ana.PostAsync("/invite", new Dictionary<string, string>(form) { ["form_token"] = "x" });
        Assert.Equal(403, refused.Status);
        Assert.Contains("Open the link once more", refused.Text, StringComparison.Ordinal);
        Assert.Equal(403, (await ana.PostAsync("/invite", form, origin: "http://127.0.0.1:1")).Status);
        Assert.DoesNotContain(ana.Cookies.GetAllCookies(), c => c.Name == "cc-invite");
        var opened = await ana.PostAsync("/invite", form);
        Assert.Equal((303, "/invite"), (opened.Status, opened.Location));
    }

    [Fact]
    public async Task Accept_pressed_twice_leads_to_the_place()
    {
        var link = await InviteByLinkAsync("ana@example.org");
        using var ana = await PersonAsync("Ana", "ana@example.org");
        await ana.OpenLinkAsync(link);
        var form = TestBrowser.HiddenOf(await ana.GetAsync("/invite"));
        for (var i = 0; i < 2; i++) Assert.Equal((303, $"/workspaces/{Workspace}"), await Answer());
        Assert.Equal(0, await FindAsync<long>("select count(*) from audit where event = 'signin.failed'"));

        async Task<(int, string?)> Answer()
        {
            var answer = await ana.PostAsync("/invite", form);
            return (answer.Status, answer.Location);
        }
    }

    [Fact]
    public async Task Every_link_that_opens_nothing_shows_one_and_the_same_page()
    {
        using var ana = await PersonAsync("Ana", "ana@example.org");
        using var ben = await PersonAsync("Ben", "ben@example.org");
        var (used, foreign) = (await InviteByLinkAsync(null), await InviteByLinkAsync("ana@example.org"));
        await ana.OpenLinkAsync(used);
        Assert.Equal(303, (await ana.SubmitAsync("/invite")).Status);
        var revoked = await InviteAsync("ben@example.org");
        var revokedLink = await LinkAsync(revoked);
        await ApproveAsync((await CallAsync(Hub.Browser, "invitation.revoke", new { invitation_id = revoked })).Body);
        var pages = new List<string>();
        foreach (var link in (string[])[used, foreign, revokedLink, "/invite#t=" + new string('x', 43), "/invite#t=short"])
        {
            var page = await ben.OpenLinkAsync(link);
            Assert.Equal(410, page.Status);
            pages.Add(page.Text);
        }
        using var nobody = new TestBrowser(Hub.Url);
        pages.Add((await nobody.OpenLinkAsync(used)).Text);
        Assert.Single(pages.Distinct());
        Assert.Contains("Ask whoever sent it for a new one.", pages[0], StringComparison.Ordinal);
        Assert.DoesNotContain("Billing", pages[0], StringComparison.Ordinal);
        Assert.Equal(5, await FindAsync<long>("select count(*) from audit where event = 'signin.failed'"));
    }

    [Fact]
    public async Task An_expired_link_opens_nothing()
    {
        var link = await InviteByLinkAsync(null, days: 1);
        Time.Sleep(TimeSpan.FromHours(24));
        using var nobody = new TestBrowser(Hub.Url);
        Assert.Equal(410, (await nobody.OpenLinkAsync(link)).Status);
    }

    [Fact]
    public async Task Too_many_links_that_open_nothing_from_one_network_wait()
    {
        var good = await InviteByLinkAsync(null);
        using var nobody = new TestBrowser(Hub.Url);
        for (var i = 0; i < 30; i++) Assert.Equal(410, (await nobody.OpenLinkAsync($"/invite#t={i:00}{new string('x', 41)}")).Status);
        var refused = await nobody.OpenLinkAsync(good);
        Assert.Equal((429, "60"), (refused.Status, refused.RetryAfter));
        // A flood is one fact: five rows, and the rest is told by the next.
        Assert.Equal(5, await FindAsync<long>("select count(*) from audit where event = 'signin.failed'"));
        Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(303, (await nobody.OpenLinkAsync(good)).Status);
    }

    [Fact]
    public async Task Whose_address_it_names_needs_no_link()
    {
        await InviteAsync("ana@example.org");
        using var ana = await PersonAsync("Ana", "ana@example.org");
        using var ben = await PersonAsync("Ben", "ben@example.org");
        Assert.Contains("Billing", (await ana.GetAsync("/invite")).Text, StringComparison.Ordinal);
        var none = await ben.GetAsync("/invite");
        Assert.Equal(200, none.Status);
        Assert.Contains("No invitation waits for you", none.Text, StringComparison.Ordinal);
        Assert.Equal($"/workspaces/{Workspace}", (await ana.SubmitAsync("/invite")).Location);
        using var nobody = new TestBrowser(Hub.Url);
        Assert.Contains("href=\"/signin?returnUrl=%2Finvite\"", (await nobody.GetAsync("/invite")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Somebody_new_chooses_name_and_password_and_is_in()
    {
        var link = await InviteByLinkAsync("nora@example.org");
        using var nora = new TestBrowser(Hub.Url);
        await nora.OpenLinkAsync(link);
        Assert.Contains("choose a name and a password", (await nora.GetAsync("/invite")).Text, StringComparison.Ordinal);
        Assert.Equal(422, (await nora.SubmitAsync("/invite", ("name", "Nora"), ("password", Password), ("repeat", "other"))).Status);
        var weak = await nora.SubmitAsync("/invite", ("name", "Nora"), ("password", "short"), ("repeat", "short"));
        Assert.Equal(422, weak.Status);
        Assert.Contains("value=\"Nora\"", weak.Text, StringComparison.Ordinal);
        var joined = await nora.SubmitAsync("/invite", ("name", "Nora"), ("password", Password), ("repeat", Password));
        Assert.Equal((303, "/invite"), (joined.Status, joined.Location));
        Assert.Equal($"/workspaces/{Workspace}", (await nora.GetAsync("/invite")).Location);
        Assert.Equal("nora@example.org", (await nora.MeAsync())!["account"]!["email"]!.ToString());
        Assert.Equal("collaborator", await RoleAsync("nora@example.org"));
    }

    [Fact]
    public async Task Who_has_an_account_is_told_nothing_of_it_and_signs_in()
    {
        using var ana = await PersonAsync("Ana", "ana@example.org");
        var link = await InviteByLinkAsync("ana@example.org");
        using var other = new TestBrowser(Hub.Url);
        await other.OpenLinkAsync(link);
        // The same page as for somebody new.
        Assert.Contains("choose a name and a password", (await other.GetAsync("/invite")).Text, StringComparison.Ordinal);
        var refused = await other.SubmitAsync("/invite", ("name", "Ana"), ("password", Password), ("repeat", Password));
        Assert.Equal(409, refused.Status);
        Assert.Contains("No account was made. If you have one here already, sign in with it.", refused.Text, StringComparison.Ordinal);
        Assert.Null(await other.MeAsync());
    }

    [Fact]
    public async Task A_form_that_is_not_of_this_browsers_page_accepts_nothing()
    {
        var link = await InviteByLinkAsync("ana@example.org");
        using var ana = await PersonAsync("Ana", "ana@example.org");
        await ana.OpenLinkAsync(link);
        var form = TestBrowser.HiddenOf(await ana.GetAsync("/invite"));
        Assert.Equal(403, (await ana.PostAsync("/invite", new Dictionary<string, string>(form) { ["form_token"] = "x" })).Status);
        Assert.Equal(403, (await ana.PostAsync("/invite", form, origin: "http://127.0.0.1:1")).Status);
        Assert.Null(await RoleAsync("ana@example.org"));
        // A page that stood open while another link was opened asks about the other one first.
        var other = await InviteByLinkAsync(null);
        await ana.OpenLinkAsync(other);
        var asked = await ana.PostAsync("/invite", form);
        Assert.Equal((303, "/invite"), (asked.Status, asked.Location));
        Assert.Null(await RoleAsync("ana@example.org"));
    }

    [Fact]
    public async Task A_token_asks_for_an_invitation_and_makes_no_link()
    {
        using var token = await Hub.TokenAsync();
        var (status, asked) = await CallAsync(token, "invitation.create", new { email = "nora@example.org" });
        Assert.Equal((202, "confirmation_required", (string?)null), (status, (string?)asked["status"], (string?)asked["confirm_token"]));
        Assert.Equal(0, await FindAsync<long>("select count(*) from invitations"));
        var made = (await ApproveAsync(asked))["result"]!["invitation"]!;
        Assert.Equal("pending", (string?)made["state"]);
        Assert.Equal(0, await FindAsync<long>("select count(*) from invitation_links"));
        var person = Hub.Person with { AuthSessionId = null, TokenId = "tok_1" };
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => Hub.Services.GetRequiredService<InvitationLinks>().MakeAsync(person, (string)made["id"]!, default));
    }

    [Fact]
    public async Task An_invitation_is_undone_by_its_receipt()
    {
        var done = await ApproveAsync((await CallAsync(Hub.Browser, "invitation.create", new { workspace_id = Workspace })).Body);
        var link = await LinkAsync((string)done["result"]!["invitation"]!["id"]!);
        var (_, undo) = await CallAsync(Hub.Browser, "undo", new { action_id = (string)done["action_id"]! });
        await ApproveAsync(undo);
        using var nobody = new TestBrowser(Hub.Url);
        Assert.Equal(410, (await nobody.OpenLinkAsync(link)).Status);
    }
}
