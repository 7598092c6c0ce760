using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Invitations;

/// <summary>A hub on one's own machine, where people come by the operator's links and nobody has a password.</summary>
public sealed class InviteByLinkSignInTests : InvitePageBench
{
    protected override string[] Settings => [];

    [Fact]
    public async Task An_account_that_comes_by_the_operators_link_accepts()
    {
        var link = await InviteByLinkAsync("ana@example.org");
        using var ana = new TestBrowser(Hub.Url);
        await ana.OpenLinkAsync(link);
        var page = await ana.GetAsync("/invite");
        Assert.Contains("Sign in to accept", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("password", page.Text, StringComparison.OrdinalIgnoreCase);
        using var signedIn = await PersonAsync("Ana", "ana@example.org");
        await SignInAsync(ana, (await FindAsync<string>("select id from accounts where email = 'ana@example.org'"))!);
        // The browser kept the link while its person signed in.
        Assert.Contains("Billing", (await ana.GetAsync("/invite")).Text, StringComparison.Ordinal);
        Assert.Equal($"/workspaces/{Workspace}", (await ana.SubmitAsync("/invite")).Location);
        Assert.Equal("collaborator", await RoleAsync("ana@example.org"));
    }

    [Fact]
    public async Task Nobody_new_is_made_an_account_where_passwords_are_off()
    {
        var link = await InviteByLinkAsync("nora@example.org");
        using var nora = new TestBrowser(Hub.Url);
        await nora.OpenLinkAsync(link);
        var refused = await nora.SubmitAsync("/invite", ("name", "Nora"), ("password", Password), ("repeat", Password));
        // Without a form of its own the page has no invitation to send: it is shown again.
        Assert.Equal("/invite", refused.Location);
        var id = await FindAsync<string>("select id from invitations");
        var form = TestBrowser.HiddenOf(await nora.GetAsync("/signin?returnUrl=/invite"));
        Assert.NotEqual(200, (await nora.PostAsync("/invite", new Dictionary<string, string>(form) { ["invitation"] = id!, ["name"] = "Nora", ["password"] = Password, ["repeat"] = Password })).Status);
        Assert.Equal(1, await FindAsync<long>("select count(*) from accounts"));
    }
}
