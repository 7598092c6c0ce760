using Bunit;
using ControlChat.App.Layout;
using ControlChat.App.Settings;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Settings;

/// <summary>The page over the real hub: its gate, its approvals, its keys.</summary>
public sealed class SettingsPageTests : IAsyncLifetime
{
    private HubShell _shell = null!;

    public async ValueTask InitializeAsync() => _shell = await HubShell.StartAsync();

    public ValueTask DisposeAsync() => _shell.DisposeAsync();

    [Fact]
    public void Ones_own_setting_changes_at_once_and_can_be_undone()
    {
        var page = Show();
        Save(page, "Ui:PageSize", "25");
        Within(page, "Ui:PageSize", row =>
        {
            Assert.Equal("completed", row.QuerySelector("[data-outcome]")!.GetAttribute("data-outcome"));
            Assert.Contains("Done: Set Ui:PageSize from 50 to 25", row.TextContent, StringComparison.Ordinal);
            Assert.Contains("Changed by you,", row.TextContent, StringComparison.Ordinal);
        });
        page.Find("[data-setting='Ui:PageSize'] .note button.small").Click();
        Within(page, "Ui:PageSize", row => Assert.Equal("50", row.QuerySelector("input")!.GetAttribute("value")));
    }

    [Fact]
    public void The_browser_follows_a_new_theme_at_once()
    {
        var page = Show();
        page.Find("#set-ui-theme").Change("dark");
        page.Find("[data-setting='Ui:Theme']").Submit();
        page.WaitForAssertion(() => Assert.Equal("dark", _shell.JSInterop.Invocations["controlchat.theme.set"].Single().Arguments[0]));
    }

    [Fact]
    public async Task Another_browser_of_the_person_is_told_what_they_chose_and_nothing_else()
    {
        var choices = new ChosenInSettings(_shell.Of<PersonalSettings>(), _shell.Who, _shell.Of<IToolGate>());
        Assert.Equal(ReaderChoices.None, await choices.ReadAsync(default));
        var page = Show();
        Save(page, "Ui:TimeZone", "Europe/Zurich");
        Within(page, "Ui:TimeZone", row => Assert.NotNull(row.QuerySelector("[data-outcome=completed]")));
        Assert.Equal(new ReaderChoices("Europe/Zurich", null, null), await choices.ReadAsync(default));
    }

    [Fact]
    public async Task The_clock_of_the_switch_is_the_setting_and_tells_the_page()
    {
        var choices = new ChosenInSettings(_shell.Of<PersonalSettings>(), _shell.Who, _shell.Of<IToolGate>());
        var moved = 0;
        choices.ClockMoved += () => moved++;
        Assert.Null(await choices.ShowUtcAsync(true, default));
        Assert.True((await choices.ReadAsync(default)).Utc);
        Assert.Null(await choices.ShowUtcAsync(false, default));
        Assert.Equal((false, 2), ((await choices.ReadAsync(default)).Utc, moved));
    }

    [Fact]
    public void A_value_that_is_not_legal_is_said_beside_its_field()
    {
        var page = Show();
        Save(page, "Ui:PageSize", "5");
        Within(page, "Ui:PageSize", row =>
        {
            Assert.Contains("Ui:PageSize is '5'; use a whole number from 10 to 200.", row.TextContent, StringComparison.Ordinal);
            Assert.Equal("true", row.QuerySelector("input")!.GetAttribute("aria-invalid"));
            Assert.Equal("5", row.QuerySelector("input")!.GetAttribute("value"));
        });
    }

    [Fact]
    public async Task A_setting_of_the_hub_waits_for_an_approval_and_then_holds()
    {
        var page = Show(SettingsSection.Hub);
        Save(page, "Logs:Days", "30");
        Within(page, "Logs:Days", row => Assert.Contains("A plan waits: Set Logs:Days from 14 to 30. Nothing was changed yet.", row.TextContent, StringComparison.Ordinal));
        var approval = page.Find("[data-setting='Logs:Days'] a.primary").GetAttribute("href")!.Split('/')[^1];
        await ApproveAsync(approval);
        var settings = _shell.Of<IHubSettings>();
        await Waiting.UntilAsync(() => settings.Current.Logs.Days == 30);
    }

    [Fact]
    public async Task An_admin_gives_one_account_a_limit_of_its_own()
    {
        var page = Show(SettingsSection.People);
        page.WaitForElement("[aria-label='Limits of " + _shell.Hub.Person.Name + "']", TimeSpan.FromSeconds(10)).Click();
        var key = "Limits:Workspaces@" + _shell.Hub.Person.AccountId;
        Save(page, key, "7");
        Within(page, key, row => Assert.Contains($"A plan waits: Set {key} from 1000 to 7.", row.TextContent, StringComparison.Ordinal));
        await ApproveAsync(page.Find($"[data-setting='{key}'] a.primary").GetAttribute("href")!.Split('/')[^1]);
        var limits = _shell.Of<AccountLimits>();
        await using var reader = await _shell.Of<HubDatabase>().ReadAsync(default);
        Assert.Equal(7, (await limits.OfAsync(reader, _shell.Hub.Person.AccountId, default)).Workspaces);
        page.Find("dialog [aria-label='Close']").Click();
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("dialog .setting")));
    }

    [Fact]
    public void Who_is_no_admin_reads_the_hubs_settings_and_changes_none()
    {
        _shell.Who.Set(_shell.Hub.Person with { Role = "member" });
        var page = Show(SettingsSection.Hub);
        page.WaitForAssertion(() => Assert.True(page.Find("#set-logs-days").HasAttribute("disabled")));
        Assert.Empty(page.FindAll("form.setting button:not([data-trail])"));
    }

    [Fact]
    public void The_operators_settings_are_shown_with_their_source_and_no_field()
    {
        var page = Show(SettingsSection.Operator);
        page.WaitForAssertion(() => Assert.Contains(page.FindAll("tbody tr"), r => r.TextContent.Contains("Hub:DataDirectory", StringComparison.Ordinal) && r.TextContent.Contains("the command line", StringComparison.Ordinal)));
        Assert.Contains(page.FindAll("tbody tr"), r => r.TextContent.Contains("OPENAI_API_KEY", StringComparison.Ordinal) && r.TextContent.Contains("Environment only.", StringComparison.Ordinal));
        Assert.Empty(page.FindAll("input"));
        Assert.Contains("Offline planner", page.Markup, StringComparison.Ordinal);
        Assert.Contains("OPENAI_API_KEY=…", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_is_shown_once_and_can_be_revoked()
    {
        var page = Show(SettingsSection.Keys);
        page.Find("#token-name").Input("ci");
        page.Find("form").Submit();
        page.WaitForState(() => page.FindAll("code.secret").Count == 1, TimeSpan.FromSeconds(10));
        var secret = page.Find("code.secret").TextContent;
        Assert.NotNull(await _shell.Of<ApiTokens>().AuthenticateAsync(secret, default));
        page.FindAll("button").First(b => b.TextContent == "Done").Click();
        Assert.DoesNotContain(secret, page.Markup, StringComparison.Ordinal);
        page.Find("button[aria-label='Revoke ci']").Click();
        page.WaitForAssertion(() => Assert.Contains("Revoked", page.Markup, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Null(await _shell.Of<ApiTokens>().AuthenticateAsync(secret, default));
        Assert.Contains("This one", page.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("read", TokenScopes.Read)]
    [InlineData("write", TokenScopes.All)]
    public async Task A_token_may_what_was_chosen(string may, TokenScopes scopes)
    {
        var page = Show(SettingsSection.Keys);
        page.Find("#token-name").Input("ci");
        page.Find("#token-scope").Change(may);
        page.Find("form").Submit();
        page.WaitForElement("code.secret", TimeSpan.FromSeconds(10));
        Assert.Equal(scopes, Assert.Single(await _shell.Of<OwnKeys>().ListTokensAsync(_shell.Hub.Person, default)).Scopes);
    }

    [Fact]
    public void A_token_without_a_name_is_not_made_and_the_form_says_why()
    {
        var page = Show(SettingsSection.Keys);
        page.Find("form").Submit();
        page.WaitForAssertion(() => Assert.Contains("The name must have 1 to 80 printable characters.", page.Find("#token-help").TextContent, StringComparison.Ordinal));
        Assert.StartsWith("No token was made:", _shell.Services.GetRequiredService<Announcer>().Assertive, StringComparison.Ordinal);
    }

    private IRenderedComponent<SettingsPage> Show(string section = SettingsSection.You)
    {
        var page = _shell.Render<SettingsPage>(p => p.Add(s => s.Section, section));
        page.WaitForState(() => !page.Markup.Contains("aria-busy", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        return page;
    }

    private async Task ApproveAsync(string approval)
    {
        var approvals = _shell.Of<IApprovals>();
        var open = (await approvals.OpenAsync(_shell.Hub.Person, approval, default))!;
        Assert.IsType<ApprovalDecision.Done>(await approvals.ApproveAsync(_shell.Hub.Person, approval, new ApproveRequest(open.ConfirmToken), default));
    }

    private static void Save(IRenderedComponent<SettingsPage> page, string key, string value)
    {
        page.Find($"[data-setting='{key}'] input").Input(value);
        page.Find($"[data-setting='{key}']").Submit();
    }

    private static void Within(IRenderedComponent<SettingsPage> page, string key, Action<AngleSharp.Dom.IElement> check) =>
        page.WaitForAssertion(() => check(page.Find($"[data-setting='{key}']")), TimeSpan.FromSeconds(10));
}
