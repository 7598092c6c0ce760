using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Tools.Invitations;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>Who signs in in a browser after somebody else is known to, whichever way each of them came and whether or not the first signed out.</summary>
public sealed class SameBrowserTests : PasswordBench
{
    private const string Ben = "ben@halden.example";

    [Theory]
    [InlineData("signin", "signin")]
    [InlineData("signin", "set-password")]
    [InlineData("signin", "invite")]
    [InlineData("signin", "login")]
    [InlineData("login", "signin")]
    [InlineData("login", "login")]
    [InlineData("login", "invite")]
    [InlineData("set-password", "login")]
    public async Task Who_comes_after_a_sign_out_has_the_lineage_of_who_was_there(string first, string second)
    {
        await SetAsync();
        await ComeAsync(first, Email);
        await SignOutAsync();
        Assert.Null(await Browser.MeAsync());
        await ComeAsync(second, Ben);
        Assert.Equal(Ben, (await Browser.MeAsync())!["account"]!["email"]!.ToString());
        Assert.Equal(await LineageAsync(Email), await LineageAsync(Ben));
        // Another browser has its own.
        using var other = new TestBrowser(Hub.Url);
        await SignInByLinkAsync(other, Email);
        Assert.NotEqual(await LineageAsync(Ben), await LineageAsync(Email));
    }

    [Fact]
    public async Task A_browser_keeps_its_lineage_over_many_people()
    {
        await SetAsync();
        var lineages = new HashSet<string?>();
        foreach (var (way, email) in ((string, string)[])[("signin", Email), ("login", Ben), ("login", "cleo@halden.example"), ("signin", Email)])
        {
            await ComeAsync(way, email);
            lineages.Add(await LineageAsync(email));
            await SignOutAsync();
        }
        Assert.Single(lineages);
    }

    [Theory, InlineData(""), InlineData("x"), InlineData("a mark of nobody's that is long enough to be one of theirs, but has not the form of it")]
    public async Task What_has_not_the_form_of_a_mark_ties_nobody(string brought)
    {
        using var one = new TestBrowser(Hub.Url);
        using var other = new TestBrowser(Hub.Url);
        foreach (var (browser, email) in ((TestBrowser, string)[])[(one, Email), (other, Ben)])
        {
            browser.Cookies.Add(new Uri(Hub.Url), new System.Net.Cookie("cc-known", Uri.EscapeDataString(brought), "/"));
            await SignInByLinkAsync(browser, email);
        }
        Assert.NotEqual(await LineageAsync(Email), await LineageAsync(Ben));
    }

    private async Task ComeAsync(string way, string email)
    {
        switch (way)
        {
            case "signin":
                await HasPasswordAsync(email);
                Assert.Equal(303, (await Browser.SignInAsync(email, Password)).Status);
                break;
            case "set-password":
                Assert.Equal(303, (await ChooseAsync(await NewLinkAsync((await AccountAsync(email)).Id), Password)).Status);
                break;
            case "login":
                await SignInByLinkAsync(Browser, email);
                break;
            default:
                await Browser.OpenLinkAsync(await InviteAsync(email));
                Assert.Equal(303, (await Browser.SubmitAsync("/invite", ("name", "Ben"), ("password", Password), ("repeat", Password))).Status);
                break;
        }
    }

    private async Task SignInByLinkAsync(TestBrowser browser, string email)
    {
        var link = await Hub.Services.GetRequiredService<LinkSignIn>().CreateLinkAsync((await AccountAsync(email)).Id, AccountActor.Operator, default);
        Assert.Equal(303, (await browser.GetAsync("/login?t=" + link)).Status);
    }

    private async Task HasPasswordAsync(string email)
    {
        if (await FindAsync<string>("select p.account_id from account_passwords p join accounts a on a.id = p.account_id where a.email = @email", new { email }) is not null) return;
        using var elsewhere = new TestBrowser(Hub.Url);
        Assert.Equal(303, (await ChooseAsync(await NewLinkAsync((await AccountAsync(email)).Id), Password, elsewhere)).Status);
    }

    private async Task<Account> AccountAsync(string email) => (await PeopleAsync()).FirstOrDefault(a => a.Email == email)
        ?? Assert.IsType<PersonChange.Done>(await People.CreateAsync(null, email, "Somebody", "member", false, default)).Account;

    private async Task<string> InviteAsync(string email)
    {
        var id = Ids.New("inv");
        await using (var transaction = await Hub.Services.GetRequiredService<HubDatabase>().BeginAsync(default))
        {
            await new InvitationStore().InsertAsync(transaction, new NewInvitation(id, email, null, null, null, Hub.Person.AccountId, transaction.Now.AddDays(1)), default);
            await transaction.CommitAsync(default);
        }
        return "/invite#t=" + Assert.IsType<InvitationLinkResult.Made>(await Hub.Services.GetRequiredService<InvitationLinks>().MakeAsync(Hub.Person, id, default)).Token;
    }

    private async Task SignOutAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/logout", UriKind.Relative));
        request.Headers.Add("Origin", Hub.Url);
        request.Headers.Add("X-CSRF-Token", (await Browser.MeAsync())!["csrf_token"]!.ToString());
        using var answer = await Browser.Client.SendAsync(request);
        Assert.Equal(204, (int)answer.StatusCode);
    }

    private Task<string?> LineageAsync(string email) =>
        FindAsync<string>("select s.lineage from auth_sessions s join accounts a on a.id = s.account_id where a.email = @email order by s.id desc limit 1", new { email });

    private async Task<T?> FindAsync<T>(string sql, object arguments)
    {
        await using var reader = await Hub.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        return await reader.FindAsync<T>(sql, arguments, default);
    }
}
