using System.Text.Json;
using AngleSharp.Dom;
using Bunit;
using ControlChat.App.History;
using ControlChat.App.Settings;
using ControlChat.App.Ui;
using ControlChat.App.Workspaces;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Trail;
using ControlChat.Tests.App.Layout;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.History;

/// <summary>The trail on the pages, over the real hub.</summary>
public sealed class TrailTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private HubShell _shell = null!;
    private string _id = "";
    private int _requests;

    public async ValueTask InitializeAsync()
    {
        _shell = await HubShell.StartAsync();
        _id = (string)(await CallAsync("workspace.create", new { title = "one" })).Result!["workspace"]!["id"]!;
        await CallAsync("workspace.rename", new { workspace_id = _id, title = "two" });
        await CallAsync("workspace.rename", new { workspace_id = _id, title = "th\u202Eree" });
    }

    public ValueTask DisposeAsync() => _shell.DisposeAsync();

    [Fact]
    public void A_button_beside_a_field_opens_its_trail_in_plain_words_and_undoes_from_there()
    {
        var page = _shell.Render<WorkspacesPage>(p => p.Add(w => w.Id, _id));
        page.WaitForElement("button[aria-label='History of the title']", Patience).Click();

        page.WaitForState(() => page.FindAll(".trail > li").Count == 3, Patience);
        var newest = page.FindAll(".trail > li")[0];
        Assert.StartsWith("Renamed", newest.QuerySelector(".did")!.TextContent.Trim(), StringComparison.Ordinal);
        Assert.NotEmpty(newest.QuerySelectorAll(".unseen"));
        Assert.Contains("by you,", newest.TextContent, StringComparison.Ordinal);
        Assert.Contains("/audit/", newest.QuerySelector("a.small")!.GetAttribute("href"), StringComparison.Ordinal);
        Assert.Contains("It cannot be undone as it was. Changed since: the title, by you,", page.FindAll(".trail > li")[1].TextContent, StringComparison.Ordinal);
        Assert.Empty(page.FindAll(".trail > li")[1].QuerySelectorAll("button"));

        Undo(newest).Click();
        page.WaitForState(() => page.FindAll(".trail > li").Count == 4, Patience);
        Assert.StartsWith("Undone: Renamed", page.FindAll(".trail > li")[0].QuerySelector(".did")!.TextContent.Trim(), StringComparison.Ordinal);
        Assert.Equal("Undone.", _shell.Services.GetRequiredService<Announcer>().Polite);
    }

    [Fact]
    public async Task What_moved_meanwhile_is_said_where_undo_was_pressed()
    {
        var page = _shell.Render<Trail>(p => p.Add(t => t.Of, TrailSubject.Title(_id)));
        page.WaitForState(() => page.FindAll(".trail > li").Count == 3, Patience);
        await CallAsync("workspace.rename", new { workspace_id = _id, title = "four" });
        Undo(page.FindAll(".trail > li")[0]).Click();

        page.WaitForAssertion(() => Assert.Contains("Something changed since, so this cannot be undone as it was", page.Find(".trail > li [role=alert]").TextContent, StringComparison.Ordinal), Patience);
    }

    [Fact]
    public async Task Longer_trails_are_turned_page_by_page()
    {
        for (var i = 0; i < TrailState.Rows; i++) await CallAsync("workspace.rename", new { workspace_id = _id, title = $"t{i}" });
        var page = _shell.Render<Trail>(p => p.Add(t => t.Of, TrailSubject.Title(_id)));
        page.WaitForState(() => page.FindAll(".trail > li").Count == TrailState.Rows, Patience);
        page.FindAll("button").Single(b => b.TextContent == "Older").Click();
        page.WaitForState(() => page.FindAll(".trail > li").Count == 3, Patience);
        Assert.True(page.FindAll("button").Single(b => b.TextContent == "Older").HasAttribute("disabled"));
        page.FindAll("button").Single(b => b.TextContent == "Newer").Click();
        page.WaitForState(() => page.FindAll(".trail > li").Count == TrailState.Rows, Patience);
    }

    [Fact]
    public async Task A_setting_has_its_trail_and_nothing_yet_is_said_so()
    {
        var page = _shell.Render<SettingsPage>();
        page.WaitForElement("button[aria-label='History of Ui:Theme']", Patience).Click();
        page.WaitForAssertion(() => Assert.Contains("Nothing changed on the record yet.", page.Find("dialog").TextContent, StringComparison.Ordinal), Patience);
        page.Find("dialog [aria-label=Close]").Click();
        await CallAsync("config.set", new { key = "Ui:Theme", value = "dark" });
        page.Find("button[aria-label='History of Ui:Theme']").Click();
        page.WaitForAssertion(() => Assert.Contains("system", page.Find(".trail > li .did").TextContent, StringComparison.Ordinal), Patience);
    }

    [Fact]
    public void By_itself_it_is_a_page_and_what_is_not_there_is_said()
    {
        var page = Show($"/history?resource=workspace/{_id}&field=title");
        page.WaitForState(() => page.FindAll(".trail > li").Count == 3, Patience);
        Assert.Contains(page.FindAll("a"), a => a.GetAttribute("href") == $"/workspaces/{_id}");
        Assert.Contains(page.FindAll("a"), a => a.GetAttribute("href") == $"/history?resource=workspace%2F{_id}");
        var none = Show("/history?resource=workspace/ws_none");
        none.WaitForAssertion(() => Assert.Contains("There is no such thing here.", none.Markup, StringComparison.Ordinal), Patience);
        Assert.Contains("No thing was named.", Show("/history").Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_workspace_was_like_is_asked_by_the_readers_clock()
    {
        var page = _shell.Render<WorkspacesPage>(p => p.Add(w => w.Id, _id));
        page.WaitForState(() => page.FindAll("button").Any(b => b.TextContent == "As it was on"), Patience);
        page.FindAll("button").First(b => b.TextContent == "As it was on").Click();
        // The page's clock stands still long before the hub's.
        page.Find("#past-at").Change("2020-01-01T00:00:00");
        page.Find("dialog form").Submit();
        page.WaitForAssertion(() => Assert.Contains("It was not there then.", page.Find("dialog .past").TextContent, StringComparison.Ordinal), Patience);
        Assert.Contains("The record begins", page.Find("dialog .past").TextContent, StringComparison.Ordinal);
        page.Find("#past-at").Change("2099-01-01T00:00:00");
        page.Find("dialog form").Submit();
        page.WaitForAssertion(() => Assert.Contains("Title", page.Find("dialog .past dt").ParentElement!.TextContent, StringComparison.Ordinal), Patience);
        Assert.Contains("owner", page.Find("dialog .past section[aria-label='the people']").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_looked_at_is_said()
    {
        var past = new PastResource("member/ws_1", DateTimeOffset.UnixEpoch, null, [new PastField("acc_1", "owner", "present", null, null) { Name = "Ana" }], null, 1, 3) { Cut = true };
        _shell.Services.AddSingleton<IResourceHistory>(new Told(past));
        var page = _shell.Render<PastView>(p => p.Add(v => v.Of, ["member/ws_1"]));
        page.Find("form").Submit();
        page.WaitForAssertion(() => Assert.Contains("The newest rows are still being read in.", page.Find(".past").TextContent, StringComparison.Ordinal), Patience);
        Assert.Contains("There are more people than are looked at here.", page.Find(".past section").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_time_of_the_clock_is_the_moment_it_was()
    {
        var zurich = ReaderClock.In("Europe/Zurich");
        Assert.Equal(DateTimeOffset.Parse("2026-07-01T10:00:00Z", System.Globalization.CultureInfo.InvariantCulture), zurich.At(new DateTime(2026, 7, 1, 12, 0, 0)));
        // Shown twice, and left out.
        Assert.Equal(DateTimeOffset.Parse("2026-10-25T00:30:00Z", System.Globalization.CultureInfo.InvariantCulture), zurich.At(new DateTime(2026, 10, 25, 2, 30, 0)));
        Assert.Equal(DateTimeOffset.Parse("2026-03-29T01:30:00Z", System.Globalization.CultureInfo.InvariantCulture), zurich.At(new DateTime(2026, 3, 29, 2, 30, 0)));
        Assert.Equal(12, ReaderClock.In("Europe/Zurich", utc: true).At(new DateTime(2026, 7, 1, 12, 0, 0)).Hour);
    }

    private IRenderedComponent<HistoryPage> Show(string address)
    {
        _shell.Services.GetRequiredService<NavigationManager>().NavigateTo(address);
        return _shell.Render<HistoryPage>();
    }

    private static IElement Undo(IElement item) => item.QuerySelectorAll("button").Single(b => b.TextContent == "Undo");

    private async Task<Outcome> CallAsync(string tool, object arguments)
    {
        var outcome = await _shell.Of<IToolGate>().InvokeAsync(
            _shell.Hub.Person, new ToolCall(tool, $"request-{Interlocked.Increment(ref _requests):0000}", JsonSerializer.SerializeToElement(arguments), new CallOrigin("ui")), default);
        Assert.Equal("completed", outcome.Status);
        return outcome;
    }

    private sealed class Told(PastResource past) : IResourceHistory
    {
        public Task<ResourceTrail?> HistoryAsync(Principal principal, string resource, string? field, string? cursor, int limit, CancellationToken cancellationToken) => Task.FromResult<ResourceTrail?>(null);

        public Task<PastResource?> AsOfAsync(Principal principal, string resource, DateTimeOffset at, CancellationToken cancellationToken) => Task.FromResult<PastResource?>(past);
    }
}
