using Bunit;
using ControlChat.App.Settings;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Support;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Settings;

/// <summary>What the settings' pages do when a sign-in is not recent: they say so, lead to it, and come back to what was open.</summary>
public sealed class FreshSignInPageTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private HubShell _shell = null!;
    private TestHub _hub = null!;
    private Account _ben = null!;

    public async ValueTask InitializeAsync()
    {
        _shell = await HubShell.StartAsync(_time, ["--SignIn:Password=true"]);
        _hub = _shell.Hub;
        _ben = Assert.IsType<PersonChange.Done>(await _shell.Of<People>().CreateAsync(null, "ben@halden.example", "Ben", "member", false, default)).Account;
    }

    public ValueTask DisposeAsync() => _shell.DisposeAsync();

    [Fact]
    public async Task A_token_waits_for_a_fresh_sign_in_and_the_form_is_as_it_was()
    {
        _time.Sleep(TimeSpan.FromMinutes(11));
        var page = _shell.Render<KeysPanel>();
        page.WaitForElement("#token-name", TimeSpan.FromSeconds(10)).Input("nightly");
        page.Find("#token-scope").Change("write");
        page.Find("#token-days").Change("7");
        page.Find("form").Submit();
        Leave(page, new Unfinished("token", ["nightly", "write", "7"]));
        Assert.Empty(await _shell.Of<OwnKeys>().ListTokensAsync(_hub.Person, default));

        await SignInAgainAsync(new Unfinished("token", ["nightly", "write", "7"]));
        var back = _shell.Render<KeysPanel>();
        back.WaitForAssertion(() => Assert.Equal("nightly", back.Find("#token-name").GetAttribute("value")), TimeSpan.FromSeconds(10));
        Assert.Equal("7", back.Find("#token-days").GetAttribute("value"));
        Assert.Empty(back.FindAll("code.secret"));
        back.Find("form").Submit();
        back.WaitForAssertion(() => Assert.StartsWith("cct_", back.Find("code.secret").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Equal(["read", "write"], Assert.Single(await _shell.Of<OwnKeys>().ListTokensAsync(_hub.Person, default)).Scopes.Words());
    }

    [Fact]
    public async Task What_somebody_else_had_entered_in_the_same_tab_is_not_shown()
    {
        await SignInAgainAsync(new Unfinished("token", ["nightly", "write", "7"]), by: _ben.Id);
        var keys = _shell.Render<KeysPanel>();
        keys.WaitForAssertion(() => Assert.Single(Taken()), TimeSpan.FromSeconds(10));
        Assert.Equal(("", "30"), (keys.Find("#token-name").GetAttribute("value") ?? "", keys.Find("#token-days").GetAttribute("value")));
        await SignInAgainAsync(new Unfinished("account", ["mara@halden.example", "Mara", "admin"]), by: _ben.Id);
        var people = ShowPeople();
        people.WaitForAssertion(() => Assert.Equal(2, Taken().Count), TimeSpan.FromSeconds(10));
        Assert.DoesNotContain("mara@halden.example", people.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_account_waits_and_is_not_made_by_coming_back()
    {
        _time.Sleep(TimeSpan.FromMinutes(11));
        var page = ShowPeople();
        page.Find("#person-email").Input("mara@halden.example");
        page.Find("#person-name").Input("Mara");
        page.Find("#person-role").Change("admin");
        page.Find("form").Submit();
        Leave(page, new Unfinished("account", ["mara@halden.example", "Mara", "admin"]));
        await SignInAgainAsync(new Unfinished("account", ["mara@halden.example", "Mara", "admin"]));
        var back = ShowPeople();
        back.WaitForAssertion(() => Assert.Equal("mara@halden.example", back.Find("#person-email").GetAttribute("value")), TimeSpan.FromSeconds(10));
        Assert.DoesNotContain(await PeopleAsync(), a => a.Name == "Mara");
        back.Find("form").Submit();
        back.WaitForAssertion(() => Assert.Contains("/set-password#t=", back.Find("code.secret").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Equal("admin", (await PeopleAsync()).Single(a => a.Name == "Mara").Role);
    }

    [Fact]
    public async Task A_dialog_that_was_confirmed_too_late_is_open_again_afterwards()
    {
        _time.Sleep(TimeSpan.FromMinutes(11));
        var page = ShowPeople();
        page.Find("[aria-label='Close Ben']").Click();
        Button(page, "Close the account").Click();
        Leave(page, new Unfinished("close", [], _ben.Id));
        await SignInAgainAsync(new Unfinished("close", [], _ben.Id));
        var back = ShowPeople();
        back.WaitForAssertion(() => Assert.Contains("Close the account of Ben?", back.Find("dialog h2").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Null((await PeopleAsync()).Single(a => a.Id == _ben.Id).ClosedAt);
        Button(back, "Close the account").Click();
        back.WaitForElement("[aria-label='Reopen Ben']", TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_role_waits_and_the_page_says_that_it_was_not_changed()
    {
        _time.Sleep(TimeSpan.FromMinutes(11));
        var page = ShowPeople();
        page.Find($"#role-{_ben.Id}").Change("admin");
        Leave(page, new Unfinished("role", [], _ben.Id));
        Assert.Equal("member", (await PeopleAsync()).Single(a => a.Id == _ben.Id).Role);
        await SignInAgainAsync(new Unfinished("role", [], _ben.Id));
        ShowPeople();
        var said = _shell.Services.GetRequiredService<Announcer>();
        await Waiting.UntilAsync(() => said.Polite.Contains("Nothing was changed yet", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Limits_open_after_a_fresh_sign_in_and_ask_again_when_they_stood_open_too_long()
    {
        _time.Sleep(TimeSpan.FromMinutes(11));
        var page = ShowPeople();
        page.Find("[aria-label='Limits of Ben']").Click();
        Leave(page, new Unfinished("limits", [], _ben.Id));
        Assert.Empty(page.FindAll("dialog .setting"));
        await SignInAgainAsync(new Unfinished("limits", [], _ben.Id));
        var back = ShowPeople();
        var key = "Limits:Workspaces@" + _ben.Id;
        back.WaitForElement($"[data-setting='{key}'] input", TimeSpan.FromSeconds(10));
        _time.Sleep(TimeSpan.FromMinutes(11));
        back.Find($"[data-setting='{key}'] input").Input("7");
        back.Find($"[data-setting='{key}']").Submit();
        back.WaitForElement("dialog [data-sign-in-again]", TimeSpan.FromSeconds(10));
        Assert.Empty(back.FindAll("[data-outcome]"));
        Leave(back, new Unfinished("limits", [key, "7"], _ben.Id));
        await SignInAgainAsync(new Unfinished("limits", [key, "7"], _ben.Id));
        var last = ShowPeople();
        last.WaitForAssertion(() => Assert.Equal("7", last.Find($"[data-setting='{key}'] input").GetAttribute("value")), TimeSpan.FromSeconds(10));
        last.Find($"[data-setting='{key}']").Submit();
        last.WaitForElement($"[data-setting='{key}'] [data-outcome]", TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reset_revokes_tokens_unless_the_admin_says_no(bool revoke)
    {
        var tokens = _shell.Of<ApiTokens>();
        var (_, secret) = await tokens.CreateAsync(_ben.Id, new ApiTokenRequest("ci"), AccountActor.Operator, default);
        var page = ShowPeople();
        page.Find("[aria-label='Make a password link for Ben']").Click();
        Assert.True(page.Find("#reset-revoke").HasAttribute("checked"));
        if (!revoke) page.Find("#reset-revoke").Change(false);
        Button(page, "Make the link").Click();
        page.WaitForAssertion(() => Assert.Contains("/set-password#t=", page.Find("code.secret").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Equal(revoke, await tokens.AuthenticateAsync(secret, default) is null);
    }

    [Theory]
    [InlineData("revoke")]
    [InlineData("keep")]
    public async Task A_reset_that_came_too_late_asks_again_with_what_was_chosen(string tokens)
    {
        _time.Sleep(TimeSpan.FromMinutes(11));
        var page = ShowPeople();
        page.Find("[aria-label='Make a password link for Ben']").Click();
        if (tokens == "keep") page.Find("#reset-revoke").Change(false);
        Button(page, "Make the link").Click();
        Leave(page, new Unfinished("link", [tokens], _ben.Id));
        await SignInAgainAsync(new Unfinished("link", [tokens], _ben.Id));
        var back = ShowPeople();
        back.WaitForElement("#reset-revoke", TimeSpan.FromSeconds(10));
        Assert.Equal(tokens == "revoke", back.Find("#reset-revoke").HasAttribute("checked"));
        Assert.Empty(back.FindAll("code.secret"));
    }

    // The note leads to the sign-in page and back here; what was entered stays in the browser.
    private void Leave<T>(IRenderedComponent<T> page, Unfinished kept) where T : IComponent
    {
        var note = page.WaitForElement("[data-sign-in-again]", TimeSpan.FromSeconds(10));
        Assert.Contains("older than 10 minutes", note.TextContent, StringComparison.Ordinal);
        // It promises nothing where nothing comes back.
        Assert.Equal(kept.Fields.Count > 0, note.TextContent.Contains("what you entered is kept", StringComparison.Ordinal));
        var before = Kept().Count;
        page.Find("[data-sign-in-again] button").Click();
        page.WaitForAssertion(() => Assert.Equal(before + 1, Kept().Count));
        var said = Kept()[^1];
        Assert.Equal((kept.What, string.Join('|', kept.Fields), kept.About), (said.What, string.Join('|', said.Fields), said.About));
        Assert.Equal(_hub.Person.AccountId, said.By);
        Assert.EndsWith("/signin?again=1", _shell.Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal);
    }

    private List<JSRuntimeInvocation> Taken() => [.. _shell.JSInterop.Invocations.Where(i => i.Identifier == "controlchat.unfinished.take")];

    private List<Unfinished> Kept() =>
        [.. _shell.JSInterop.Invocations.Where(i => i.Identifier == "controlchat.unfinished.keep").Select(i => Assert.IsType<Unfinished>(i.Arguments[1]))];

    private async Task SignInAgainAsync(Unfinished kept, string? by = null)
    {
        using var link = await _hub.Browser.GetAsync(new Uri(await _hub.App.CreateSignInLinkAsync()));
        Assert.Equal(303, (int)link.StatusCode);
        // The session goes on under a new cookie.
        _hub.Browser.DefaultRequestHeaders.Remove("Cookie");
        _hub.Browser.DefaultRequestHeaders.Add("Cookie", TestHub.SessionCookieOf(link).Split(';')[0]);
        _shell.JSInterop.Setup<Unfinished?>("controlchat.unfinished.take", _ => true).SetResult(kept with { By = by ?? _hub.Person.AccountId });
    }

    private IRenderedComponent<PeoplePanel> ShowPeople()
    {
        var page = _shell.Render<PeoplePanel>();
        page.WaitForElement("[aria-label='Close Ben'], [aria-label='Reopen Ben']", TimeSpan.FromSeconds(10));
        return page;
    }

    private Task<IReadOnlyList<Account>> PeopleAsync() => _shell.Of<People>().ListAsync(null, default);

    private static AngleSharp.Dom.IElement Button(IRenderedComponent<PeoplePanel> page, string words) => page.FindAll("button").Single(b => b.TextContent == words);
}
