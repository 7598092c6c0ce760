using Bunit;
using ControlChat.App.Settings;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.OpenId;
using ControlChat.Core.Accounts.Outside;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Settings;

/// <summary>What a person's page says when they disconnect an identity.</summary>
public sealed class SignInPanelTests : IAsyncLifetime
{
    private const string Issuer = "https://id.example";
    private HubShell _shell = null!;
    private TestHub _hub = null!;

    public async ValueTask InitializeAsync()
    {
        _shell = await HubShell.StartAsync(args: ["--SignIn:Password=true", "--SignIn:Providers:0:Name=Test ID", $"--SignIn:Providers:0:Authority={Issuer}", "--SignIn:Providers:0:ClientId=hub"]);
        _hub = _shell.Hub;
        // The panel makes its state itself, of what is on the page.
        _shell.Services.AddSingleton(_shell.Of<OwnPassword>()).AddSingleton(_shell.Of<OutsideSignIn>()).AddSingleton(_shell.Of<OpenIdSignIn>())
            .AddSingleton(_shell.Of<AccountDirectory>()).AddSingleton(_shell.Of<Refusals>());
        await ExecuteAsync("insert into account_identities (issuer, subject, account_id, linked_at) values (@Issuer, 's-1', @AccountId, hub_now())");
    }

    public ValueTask DisposeAsync() => _shell.DisposeAsync();

    [Fact]
    public async Task The_only_way_in_stays_and_the_page_says_why()
    {
        var page = _shell.Render<SignInPanel>();
        page.WaitForElement($"[aria-label='Disconnect {Issuer}']", TimeSpan.FromSeconds(10)).Click();
        var note = page.WaitForElement("[role=alert]", TimeSpan.FromSeconds(10));
        Assert.Equal("You have no other way in. Ask an admin for a password first, or connect another provider.", note.TextContent.Trim());
        Assert.NotNull(page.Find($"[aria-label='Disconnect {Issuer}']"));
        Assert.Contains("Not disconnected", _shell.Services.GetRequiredService<Announcer>().Assertive, StringComparison.Ordinal);
        // Whoever clicks on and on fills nothing.
        for (var i = 0; i < 9; i++) page.Find($"[aria-label='Disconnect {Issuer}']").Click();
        await Waiting.UntilAsync(() => _hub.Log.Lines.Count(l => l.Message.Contains("only_way. There were several", StringComparison.Ordinal)) == 5);
        await using var reader = await _shell.Of<HubDatabase>().ReadAsync(default);
        Assert.Equal(5, await reader.FindAsync<long>("select count(*) from audit where event = 'signin.failed'", null, default));
    }

    [Fact]
    public async Task The_page_says_that_other_browsers_are_signed_out()
    {
        await ExecuteAsync("insert into account_passwords (account_id, hash, changed_at) values (@AccountId, 'x', hub_now())");
        using var other = await _hub.SignInAsync();
        var page = _shell.Render<SignInPanel>();
        page.WaitForElement($"[aria-label='Disconnect {Issuer}']", TimeSpan.FromSeconds(10)).Click();
        page.WaitForAssertion(() => Assert.Contains("It is disconnected. Your other browsers are signed out.", page.Find("[role=status]").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Empty(page.FindAll($"[aria-label='Disconnect {Issuer}']"));
        using var theirs = await other.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
        using var own = await _hub.Browser.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
        Assert.Equal((401, 200), ((int)theirs.StatusCode, (int)own.StatusCode));
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var transaction = await _shell.Of<HubDatabase>().BeginAsync(default);
        await transaction.ExecuteAsync(sql, new { Issuer, _hub.Person.AccountId }, default);
        await transaction.CommitAsync(default);
    }
}
