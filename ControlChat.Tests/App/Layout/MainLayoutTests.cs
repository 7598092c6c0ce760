using Bunit;
using Bunit.TestDoubles;
using ControlChat.App.Layout;
using ControlChat.App.Ui;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.JSInterop;
using Xunit;

namespace ControlChat.Tests.App.Layout;

public sealed class MainLayoutTests
{
    [Fact]
    public void The_navigation_names_the_rooms_and_not_those_without_tools()
    {
        using var page = new ShellPage();
        Assert.Equal(["Ask", "Workspaces", "Approvals", "Sessions", "Audit", "Logs", "Usage", "Settings"], Names(Show(page)));
    }

    [Fact]
    public void A_lite_hub_has_no_workspaces_to_list()
    {
        using var page = new ShellPage();
        page.Facts.Move(ShellFacts.Neutral with { Lite = true });
        var layout = Show(page);
        Assert.DoesNotContain("Workspaces", Names(layout));
        Assert.Equal(5, layout.FindAll(".tabbar > *").Count);
    }

    [Fact]
    public void The_phone_has_five_places_and_more_holds_the_rest()
    {
        using var page = new ShellPage();
        var layout = Show(page);
        Assert.Equal(["Ask", "Workspaces", "Approvals", "Sessions", "More"], layout.FindAll(".tabbar > *").Select(e => e.TextContent.Trim()));
        Assert.Contains("Logs", layout.Find("#more").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void The_badge_counts_what_waits_for_the_reader_and_is_absent_at_zero()
    {
        using var page = new ShellPage();
        var layout = Show(page);
        Assert.Empty(layout.FindAll(".count"));
        page.Facts.Move(ShellFacts.Neutral with { WaitingForYou = 3 });
        layout.WaitForAssertion(() => Assert.Contains("3 waiting for you", layout.Find(".nav .count").TextContent, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "Ask")]
    [InlineData("c/0197", "Ask")]
    [InlineData("approvals/42?mine=true", "Approvals")]
    [InlineData("audit", "Audit")]
    public void The_room_of_the_address_is_the_current_one(string address, string name)
    {
        using var page = new ShellPage();
        page.Services.GetRequiredService<BunitNavigationManager>().NavigateTo(address);
        Assert.Equal(name, Show(page).Find(".nav [aria-current=page]").TextContent.Trim());
    }

    [Fact]
    public void Ready_is_said_after_the_circuit_lives()
    {
        using var page = new ShellPage();
        Show(page);
        Assert.Equal(["controlchat.keys.start", "controlchat.keys.ready"], page.JSInterop.Invocations.Select(call => call.Identifier).Where(name => name.StartsWith("controlchat.keys.", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Times_change_over_by_the_switch_and_the_browser_keeps_the_zone_for_its_next_page()
    {
        using var page = new ShellPage();
        page.JSInterop.Setup<BrowserFacts?>("controlchat.keys.start", _ => true).SetResult(new BrowserFacts("Asia/Kathmandu", Dock: false));
        var at = new DateTimeOffset(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);
        var layout = page.Render<MainLayout>(p => p.Add(l => l.Body, builder =>
        {
            builder.OpenComponent<TimeText>(0);
            builder.AddAttribute(1, "At", at);
            builder.CloseComponent();
        }));
        layout.WaitForAssertion(() => Assert.Equal("17:45", layout.Find("main time").TextContent));
        await layout.Find(".nav [data-clock]").ClickAsync();
        layout.WaitForAssertion(() => Assert.Equal("12:00", layout.Find("main time").TextContent));
        Assert.Contains("UTC", layout.Find(".nav [data-clock]").TextContent, StringComparison.Ordinal);
        Assert.Equal("true", layout.FindAll("#more .segments[aria-label=Times] button")[1].GetAttribute("aria-pressed"));
        await layout.FindAll("#more .segments[aria-label=Times] button")[0].ClickAsync();
        layout.WaitForAssertion(() => Assert.Equal("17:45", layout.Find("main time").TextContent));
        Assert.Equal("2026-11-27 12:00:00 UTC", layout.Find("main time").GetAttribute("title"));
        Assert.Equal([null, "UTC", null], page.JSInterop.Invocations["controlchat.zone"].Select(call => (string?)call.Arguments[0]));
    }

    [Fact]
    public void The_browser_is_told_how_many_wait_and_what_watches_begins_when_the_frame_is_drawn()
    {
        using var page = new ShellPage();
        var watch = new FakeWatch();
        page.Services.AddSingleton<IShellWatch>(watch);
        var layout = Show(page);
        layout.WaitForAssertion(() => Assert.Equal(1, watch.Begun));
        page.Facts.Move(ShellFacts.Neutral with { WaitingForYou = 3 });
        page.Facts.Move(ShellFacts.Neutral with { WaitingForYou = 3, HubName = "other" });
        layout.WaitForAssertion(() => Assert.Equal([0, 3], page.JSInterop.Invocations["controlchat.notices.badge"].Select(call => (int)call.Arguments[0]!)));
    }

    [Fact]
    public void The_frame_is_not_drawn_again_while_nothing_moves()
    {
        using var page = new ShellPage();
        var layout = Show(page);
        var drawn = layout.RenderCount;
        page.Facts.Move(ShellFacts.Neutral with { });
        Assert.Equal(drawn, layout.RenderCount);
        page.Facts.Move(ShellFacts.Neutral with { WaitingForYou = 1 });
        layout.WaitForAssertion(() => Assert.True(layout.RenderCount > drawn));
    }

    [Fact]
    public async Task What_moved_and_moved_back_before_it_was_drawn_is_drawn_when_it_moves_again()
    {
        using var page = new ShellPage();
        var waiting = ShellFacts.Neutral with { WaitingForYou = 3 };
        // While an event is handled nothing is drawn, as nothing is while a slow browser has not acknowledged what it was sent.
        var layout = page.Render<MainLayout>(p => p.Add(l => l.Body, builder =>
        {
            builder.OpenElement(0, "button");
            builder.AddAttribute(1, "onclick", EventCallback.Factory.Create(page, () =>
            {
                page.Facts.Move(waiting);
                page.Facts.Move(ShellFacts.Neutral);
            }));
            builder.CloseElement();
        }));
        await layout.Find("main button").ClickAsync();
        Assert.Empty(layout.FindAll(".count"));
        await layout.InvokeAsync(() => page.Facts.Move(waiting));
        Assert.NotEmpty(layout.FindAll(".nav .count"));
        Assert.NotEmpty(layout.FindAll(".tabbar .count"));
    }

    [Fact]
    public async Task The_room_of_a_navigation_that_moved_and_moved_back_is_drawn_when_it_moves_again()
    {
        using var page = new ShellPage();
        await MovedBackAsync<SideNav>(page);
        await MovedBackAsync<TabBar>(page);
    }

    [Fact]
    public async Task A_dock_that_fails_costs_the_dock_and_not_the_page()
    {
        using var page = new ShellPage();
        page.Services.AddSingleton<IDockContent, BrokenDock>();
        page.Services.GetRequiredService<BunitNavigationManager>().NavigateTo("audit");
        var layout = Show(page);
        var door = (DotNetObjectReference<ShellDoor>)page.JSInterop.Invocations.Single(call => call.Identifier == "controlchat.keys.start").Arguments[0]!;
        await door.Value.ToggleDock();
        layout.WaitForAssertion(() => Assert.Matches("Ask could not be shown.*Reference [0-9a-f]{4}\\.", layout.Find("aside.dock").TextContent));
        Assert.Equal("Body", layout.Find("main h1").TextContent);
        await layout.Find("aside.dock button[aria-label='Close Ask']").ClickAsync();
        Assert.Empty(layout.FindAll("aside.dock"));
    }

    [Fact]
    public void Another_page_in_the_same_room_is_drawn_although_the_router_brings_it_in_the_same_fragment()
    {
        using var page = new ShellPage();
        var shown = "one conversation";
        RenderFragment body = builder => builder.AddContent(0, shown);
        var layout = page.Render<MainLayout>(p => p.Add(l => l.Body, body));
        shown = "another";
        layout.Render(p => p.Add(l => l.Body, body));
        Assert.Contains("another", layout.Find("#main").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_dock_opens_beside_a_page_shows_what_is_registered_and_never_stands_beside_ask()
    {
        using var page = new ShellPage();
        page.Services.AddSingleton<IDockContent, FakeDock>();
        page.Services.GetRequiredService<BunitNavigationManager>().NavigateTo("audit");
        var layout = Show(page);
        var door = (DotNetObjectReference<ShellDoor>)page.JSInterop.Invocations.Single(call => call.Identifier == "controlchat.keys.start").Arguments[0]!;
        await door.Value.ToggleDock();
        layout.WaitForAssertion(() => Assert.Equal("docked here", layout.Find("aside.dock").TextContent.Trim()));
        page.Services.GetRequiredService<BunitNavigationManager>().NavigateTo("");
        layout.WaitForAssertion(() => Assert.Empty(layout.FindAll("aside.dock")));
    }

    [Fact]
    public void A_page_that_fails_keeps_the_frame_and_gives_a_reference()
    {
        using var page = new ShellPage();
        var layout = page.Render<MainLayout>(p => p.Add(l => l.Body, builder => { builder.OpenComponent<Broken>(0); builder.CloseComponent(); }));
        Assert.Matches("Reference [0-9a-f]{4}\\.", layout.Find("main .note.danger").TextContent);
        Assert.NotEmpty(layout.FindAll(".nav a"));
        Assert.DoesNotContain("secret detail", layout.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_signed_in_shows_no_account()
    {
        using var page = new ShellPage();
        var layout = Show(page);
        Assert.Empty(layout.FindAll(".nav .avatar"));
        page.Facts.Move(ShellFacts.Neutral with { Account = new ShellAccount("Mara Lindqvist") });
        layout.WaitForAssertion(() => Assert.Equal("ML", layout.Find(".nav .avatar").TextContent));
    }

    private static async Task MovedBackAsync<TNav>(ShellPage page) where TNav : ComponentBase
    {
        TNav? nav = null;
        var shown = page.Render(builder =>
        {
            builder.OpenComponent<TNav>(0);
            builder.AddComponentParameter(1, "Current", Rooms.Ask);
            builder.AddComponentReferenceCapture(2, part => nav = (TNav)part);
            builder.CloseComponent();
            builder.OpenElement(3, "button");
            builder.AddAttribute(4, "class", "back");
            builder.AddAttribute(5, "onclick", EventCallback.Factory.Create(page, async () =>
            {
                await nav!.SetParametersAsync(Standing(Rooms.Workspaces));
                await nav.SetParametersAsync(Standing(Rooms.Ask));
            }));
            builder.CloseElement();
        });
        await shown.Find("button.back").ClickAsync();
        Assert.Contains("Ask", shown.Find("[aria-current=page]").TextContent, StringComparison.Ordinal);
        await shown.InvokeAsync(() => nav!.SetParametersAsync(Standing(Rooms.Workspaces)));
        Assert.Contains("Workspaces", shown.Find("[aria-current=page]").TextContent, StringComparison.Ordinal);

        static ParameterView Standing(Room room) => ParameterView.FromDictionary(new Dictionary<string, object?> { ["Current"] = room });
    }

    private static IRenderedComponent<MainLayout> Show(ShellPage page) =>
        page.Render<MainLayout>(p => p.Add(l => l.Body, "<h1>Body</h1>"));

    private static IEnumerable<string> Names(IRenderedComponent<MainLayout> layout) =>
        layout.FindAll(".nav > a:not(.brand)").Select(link => link.TextContent.Trim());

    private sealed class Broken : ComponentBase
    {
        protected override void OnInitialized() => throw new InvalidOperationException("secret detail");
    }

    private sealed class FakeWatch : IShellWatch
    {
        public int Begun { get; private set; }

        public void Begin() => Begun++;
    }

    private sealed class FakeDock : IDockContent
    {
        public Type Component => typeof(Words);
    }

    private sealed class BrokenDock : IDockContent
    {
        public Type Component => typeof(Broken);
    }

    internal sealed class Words : ComponentBase
    {
        protected override void BuildRenderTree(Microsoft.AspNetCore.Components.Rendering.RenderTreeBuilder builder) => builder.AddContent(0, "docked here");
    }
}
