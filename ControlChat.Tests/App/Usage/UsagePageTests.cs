using Bunit;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.App.Usage;
using ControlChat.Core.Accounts;
using ControlChat.Core.Settings;
using ControlChat.Core.Usage;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Core.Usage;
using ControlChat.Tests.Support;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Usage;

public sealed class UsagePageTests : IAsyncLifetime
{
    private readonly ShellPage _page = new();
    private UsageHub _hub = null!;

    private NavigationManager Navigation => _page.Services.GetRequiredService<NavigationManager>();

    public async ValueTask InitializeAsync()
    {
        _hub = await UsageHub.OpenAsync(TestStore.Sqlite);
        var who = new CircuitPrincipal();
        who.Set(UsageHub.Ada);
        _page.Services.AddSingleton(who).AddSingleton(_hub.Desk);
    }

    public async ValueTask DisposeAsync()
    {
        await _page.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task An_empty_hub_says_what_belongs_here()
    {
        var page = Show("/usage?last=7");
        Assert.Contains("Nothing was used in these days", page.Markup, StringComparison.Ordinal);
        Assert.Equal("/usage?last=90", page.Find(".empty a").GetAttribute("href"));
        Assert.Empty(page.FindAll("svg[role=img]"));
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Figures_charts_and_table_say_the_same_numbers()
    {
        await FillAsync();

        var page = Show();

        Assert.Equal(["0", "12", "16.7 %", "5 ms", "0", "0"], page.FindAll(".figures dd:not(.small)").Select(d => d.TextContent));
        Assert.Equal("Tool calls per day, 30 days. done: 10, errors: 2. Highest: 12, Sat 21 Nov 2026.", page.FindAll("svg[role=img]")[0].GetAttribute("aria-label"));
        var rows = page.FindAll("tbody tr");
        Assert.Equal((30, "Sat 21 Nov 2026", "12", "2"), (rows.Count, rows[0].Children[0].TextContent, rows[0].Children[2].TextContent, rows[0].Children[3].TextContent));
        Assert.Equal(["Days", "People", "Tools"], page.FindAll(".tabs a").Select(a => a.TextContent.Trim()));
        Assert.Equal("/api/v1/usage/export?format=csv&from=2026-10-23&to=2026-11-21&by=day&sort=name", page.FindAll("a[download]")[0].GetAttribute("href"));
    }

    [Fact]
    public async Task A_person_leads_to_what_they_used_and_back()
    {
        await FillAsync();
        var page = Show("/usage?by=person&last=7");
        var ben = page.FindAll("tbody a")[0];
        Assert.Equal(("ben", "/usage?last=7&of=acc_ben"), (ben.TextContent.Trim(), ben.GetAttribute("href")));

        Navigation.NavigateTo("/usage?last=7&of=acc_ben");

        page.WaitForAssertion(() => Assert.Contains("Person: ben", page.Find("a.chip.on[title]").TextContent, StringComparison.Ordinal));
        Assert.Equal(["Days", "API tokens", "Tools"], page.FindAll(".tabs a").Select(a => a.TextContent.Trim()));
        Navigation.NavigateTo("/usage?last=7&of=acc_ben&by=token");
        page.WaitForAssertion(() => Assert.Equal(["Signed in, without a token", "tok_1"], page.FindAll("tbody td:first-child").Select(d => d.TextContent.Trim())));
    }

    [Fact]
    public async Task The_order_and_the_days_are_in_the_address()
    {
        await FillAsync();
        var page = Show("/usage?by=tool");
        Assert.Equal("workspace.list", page.Find("tbody td").TextContent);

        page.Find("select").Change("Errors");
        page.WaitForAssertion(() => Assert.Equal("workspace.rename", page.Find("tbody td").TextContent));
        Assert.EndsWith("/usage?by=tool&sort=errors", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal("descending", page.FindAll("th").Single(t => t.TextContent == "Errors").GetAttribute("aria-sort"));

        page.FindAll("input[type=date]")[1].Change("2026-11-20");
        page.WaitForAssertion(() => Assert.Contains("Nothing was used", page.Markup, StringComparison.Ordinal));
        Assert.EndsWith("/usage?from=2026-10-23&to=2026-11-20&by=tool&sort=errors", Navigation.Uri, StringComparison.Ordinal);
        page.FindAll("input[type=date]")[0].Change("2026-11-21");
        page.WaitForAssertion(() => Assert.Contains("from=2026-11-20&to=2026-11-21", Navigation.Uri, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_member_sees_their_own_first_and_of_the_hub_no_people()
    {
        await FillAsync();
        SignIn(UsageHub.Ben);

        var page = Show();

        Assert.Equal("9", page.FindAll(".figures dd")[2].TextContent);
        Navigation.NavigateTo("/usage?of=all");
        page.WaitForAssertion(() => Assert.Equal("12", page.FindAll(".figures dd")[2].TextContent));
        Assert.Equal(["Days", "Tools"], page.FindAll(".tabs a").Select(a => a.TextContent.Trim()));
        Navigation.NavigateTo("/usage?of=all&by=person");
        page.WaitForAssertion(() => Assert.Contains("Not yours to see", page.Find("[role=status]").TextContent, StringComparison.Ordinal));
        Assert.Empty(page.FindAll("a[download], .figures, table"));
        Navigation.NavigateTo("/usage?of=acc_ada");
        page.WaitForAssertion(() => Assert.Contains("Not yours to see", page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_left_of_todays_tokens_is_said()
    {
        _hub.Settings.Current = new HubOptions { Limits = new LimitsSection { TokensPerDay = 1_000 } };
        await using (var transaction = await _hub.Database.BeginAsync(default))
        {
            await TokenUsage.AddAsync(transaction, "acc_ada", 300, default);
            await transaction.CommitAsync(default);
        }
        Assert.Contains("300 of 1,000 tokens of the model (Limits:TokensPerDay). 700 are left", Show().Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Europe/Berlin", false, "one begins at 01:00 on your clock")]
    [InlineData("Europe/Berlin", true, "Days are UTC.")]
    [InlineData("America/New_York", false, "one begins at 19:00 on your clock")]
    public void Where_a_day_begins_on_the_readers_clock_is_said(string zone, bool utc, string words) =>
        Assert.Contains(words, UsageWords.Days(ReaderClock.In(zone, utc), _page.Time.GetUtcNow()), StringComparison.Ordinal);

    [Theory]
    [InlineData(null, "–")]
    [InlineData(0.42, "0.4 ms")]
    [InlineData(120.4, "120 ms")]
    [InlineData(1_230.0, "1.2 s")]
    [InlineData(90_000.0, "1.5 min")]
    [InlineData(7_200_000.0, "2 h")]
    public void Times_are_as_short_as_they_stay_clear(double? ms, string words) => Assert.Equal(words, UsageWords.Took(ms));

    [Fact]
    public async Task A_database_that_is_away_is_said_and_can_be_tried_again()
    {
        await FillAsync();
        await using var blocked = new BlockedDatabase();
        var state = new UsagePageState(new UsageDesk(blocked, _hub.Principals, new AccountLimits(_hub.Settings, new SettingsStore())), () => UsageHub.Ada, _page.Time, _ => Task.FromResult(50));
        await state.ShowAsync(new UsageView(), default);
        Assert.Equal(PanelLook.Failed, state.Look);

        blocked.Real = _hub.Database;
        await state.LoadAsync(default);
        Assert.Equal((PanelLook.Live, 12), (state.Look, state.Total.Calls));
    }

    [Fact]
    public async Task Pages_go_on_and_back_and_a_cursor_of_another_list_is_its_first_page()
    {
        for (var i = 0; i < 12; i++) await _hub.CountAsync("acc_ben", $"tool.{i:00}", calls: 20 - i);
        var state = new UsagePageState(_hub.Desk, () => UsageHub.Ada, _page.Time, _ => Task.FromResult(10));
        await state.ShowAsync(At("/usage?by=tool"), default);
        Assert.Equal((10, null), (state.Items.Count, state.NewerHref));
        await state.ShowAsync(At(state.OlderHref!), default);
        Assert.Equal((2, null, "/usage?by=tool"), (state.Items.Count, state.OlderHref, state.NewerHref));
        await state.ShowAsync(At("/usage?by=tool&cursor=abc"), default);
        Assert.Equal((10, PanelLook.Live), (state.Items.Count, state.Look));
    }

    private static UsageView At(string address) => UsageView.At(new Uri("http://hub" + address));

    private async Task FillAsync()
    {
        await _hub.CountAsync("acc_ada", "workspace.list", 3);
        await _hub.CountAsync("acc_ben", "workspace.list", 3);
        await _hub.CountAsync("acc_ben", "workspace.rename", 2, "denied");
        await _hub.CountAsync("acc_ben", "workspace.list", 4, token: "tok_1");
    }

    private void SignIn(Principal principal) => _page.Services.GetRequiredService<CircuitPrincipal>().Set(principal);

    private IRenderedComponent<UsagePage> Show(string address = "/usage")
    {
        Navigation.NavigateTo(address);
        var page = _page.Render<UsagePage>();
        page.WaitForState(() => !page.Markup.Contains("aria-busy", StringComparison.Ordinal));
        return page;
    }
}
