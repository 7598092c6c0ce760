using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>Ways in that are closed, and the one that is left for the very first admin.</summary>
public sealed class SignInWaysTests
{
    private const string Password = "four words in a row";

    [Fact]
    public async Task Where_passwords_are_off_there_is_no_such_door()
    {
        await using var hub = await TestHub.StartAsync();
        using var browser = new TestBrowser(hub.Url);
        Assert.DoesNotContain("Password", (await browser.GetAsync("/signin")).Text, StringComparison.Ordinal);
        Assert.Equal(404, (await browser.PostAsync("/signin", new Dictionary<string, string> { ["email"] = "a", ["password"] = "b" })).Status);
        Assert.Equal(410, (await browser.OpenLinkAsync("/set-password#t=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")).Status);
    }

    [Fact]
    public async Task Made_up_links_do_not_fill_the_record()
    {
        var time = new FakeTime();
        await using var hub = await TestHub.StartAsync(time);
        var rows = await FailuresAsync(hub);
        for (var minute = 1; minute <= 2; minute++)
        {
            for (var i = 0; i < 20; i++)
            {
                using var answer = await hub.Anonymous.GetAsync(new Uri($"/login?t={Credential.New()}", UriKind.Relative));
                Assert.Equal(410, (int)answer.StatusCode);
            }
            Assert.Equal(rows + (minute * 5), await FailuresAsync(hub));
            time.Advance(TimeSpan.FromMinutes(1));
        }
        // Nor do links that were used, which lie in logs and chats.
        var link = new Uri(await hub.App.CreateSignInLinkAsync());
        using (await hub.Anonymous.GetAsync(link)) { }
        var before = await FailuresAsync(hub);
        for (var i = 0; i < 10; i++)
        {
            using var used = await hub.Anonymous.GetAsync(link);
            Assert.Equal(410, (int)used.StatusCode);
            Assert.Contains("This link was used already.", await used.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        Assert.Equal(before + 5, await FailuresAsync(hub));
        Assert.Equal(5, hub.Log.Lines.Count(l => l.Message.Contains("used. There were several", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task With_links_off_the_operators_link_lets_only_the_very_first_admin_in()
    {
        await using var hub = await TestHub.StartAsync(args: ["--SignIn:Link=false", "--SignIn:Password=true"]);
        Assert.True(await hub.App.TakesSignInLinksAsync());
        var people = hub.Services.GetRequiredService<People>();
        var member = Assert.IsType<PersonChange.Done>(await people.CreateAsync(null, "ben@halden.example", "Ben", "member", false, default)).Account;
        var links = hub.Services.GetRequiredService<LinkSignIn>();
        using var browser = new TestBrowser(hub.Url);
        Assert.Equal(410, (await browser.GetAsync($"/login?t={await links.CreateLinkAsync(member.Id, AccountActor.Operator, default)}")).Status);

        Assert.IsType<PersonChange.Done>(await people.SetEmailAsync(hub.Person, hub.Person.AccountId, "ada@halden.example", default));
        var before = await hub.App.CreateSignInLinkAsync();
        Assert.Null(await hub.Services.GetRequiredService<OwnPassword>().ChangeAsync(hub.Person, "", Password, false, default));
        Assert.False(await hub.App.TakesSignInLinksAsync());
        Assert.Equal(410, (await browser.GetAsync(before)).Status);
        Assert.Equal(303, (await browser.SignInAsync("ada@halden.example", Password)).Status);
    }

    [Fact]
    public async Task A_first_password_asks_for_a_fresh_sign_in()
    {
        var time = new FakeTime();
        await using var hub = await TestHub.StartAsync(time, ["--SignIn:Password=true", "--Policy:RecentSignIn=00:05:00"]);
        Assert.IsType<PersonChange.Done>(await hub.Services.GetRequiredService<People>().SetEmailAsync(hub.Person, hub.Person.AccountId, "ada@halden.example", default));
        var own = hub.Services.GetRequiredService<OwnPassword>();
        time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(OwnPassword.NotFresh, await own.ChangeAsync(hub.Person, "", Password, false, default));
        Assert.False(await own.ExistsAsync(hub.Person, default));
        // The same session, proven once more.
        using var link = await hub.Browser.GetAsync(new Uri(await hub.App.CreateSignInLinkAsync()));
        Assert.Equal(303, (int)link.StatusCode);
        Assert.Null(await own.ChangeAsync(hub.Person, "", Password, false, default));
        // From then on the old one is the proof.
        time.Advance(TimeSpan.FromMinutes(6));
        Assert.Null(await own.ChangeAsync(hub.Person, Password, "five words in a row", false, default));
    }

    [Fact]
    public async Task With_links_off_an_admin_nobody_can_sign_in_as_is_no_other_admin()
    {
        await using var hub = await TestHub.StartAsync(args: ["--SignIn:Link=false", "--SignIn:Password=true"]);
        var people = hub.Services.GetRequiredService<People>();
        var mara = await AdminAsync("mara@halden.example");
        var ben = Assert.IsType<PersonChange.Done>(await people.CreateAsync(null, "ben@halden.example", "Ben", "admin", false, default)).Account;
        // The owner of the first start and Ben have no key.
        Assert.Contains("last admin who can sign in", Assert.IsType<PersonChange.Refused>(await people.ChangeRoleAsync(null, mara, "member", default)).Message, StringComparison.Ordinal);
        Assert.Contains("last admin who can sign in", Assert.IsType<PersonChange.Refused>(await people.CloseAsync(null, mara, default)).Message, StringComparison.Ordinal);
        // Without one, nothing is lost with them.
        Assert.IsType<PersonChange.Done>(await people.ChangeRoleAsync(null, ben.Id, "member", default));
        await AdminAsync("ada@halden.example");
        Assert.IsType<PersonChange.Done>(await people.ChangeRoleAsync(null, mara, "member", default));

        async Task<string> AdminAsync(string email)
        {
            var made = Assert.IsType<PersonChange.Done>(await people.CreateAsync(null, email, "Mara", "admin", true, default));
            using var browser = new TestBrowser(hub.Url);
            Assert.Equal(303, (await browser.SubmitAsync($"/set-password#t={made.LinkToken}", ("password", Password), ("repeat", Password))).Status);
            return made.Account.Id;
        }
    }

    private static async Task<long> FailuresAsync(TestHub hub)
    {
        await using var reader = await hub.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        return await reader.FindAsync<long>("select count(*) from audit where event = 'signin.failed'", null, default);
    }
}
