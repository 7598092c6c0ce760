using Bunit;
using Bunit.TestDoubles;
using ControlChat.App.Layout;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.JSInterop;
using Xunit;

namespace ControlChat.Tests.App.Layout;

/// <summary>The place of an agent's chat in the frame.</summary>
public sealed class MainLayoutAgentTests
{
    [Fact]
    public async Task An_agents_chat_takes_the_docks_place_also_beside_ask_and_is_asked_before_it_is_closed()
    {
        using var page = new ShellPage();
        page.Services.AddSingleton<IDockContent, FakeAsk>().AddSingleton<IDockContent, FakeAgent>();
        var slot = page.Services.GetRequiredService<AgentSlot>();
        var layout = Show(page);
        await layout.InvokeAsync(() => slot.Open(new AgentRequest("hello")));
        Assert.Equal(("Agent", "agent here"), (layout.Find("aside.dock").GetAttribute("aria-label"), layout.Find("aside.dock").TextContent.Trim()));
        Assert.Equal("hello", slot.Take()?.Text);

        var asked = 0;
        slot.CloseAsked += () => asked++;
        var door = (DotNetObjectReference<ShellDoor>)page.JSInterop.Invocations.Single(call => call.Identifier == "controlchat.keys.start").Arguments[0]!;
        await door.Value.ToggleDock();
        Assert.Equal(1, asked);
        Assert.NotEmpty(layout.FindAll("aside.dock"));
        await layout.InvokeAsync(slot.Close);
        Assert.Empty(layout.FindAll("aside.dock"));

        page.Services.GetRequiredService<BunitNavigationManager>().NavigateTo("audit");
        await door.Value.ToggleDock();
        layout.WaitForAssertion(() => Assert.Equal("docked here", layout.Find("aside.dock").TextContent.Trim()));
    }

    [Fact]
    public void A_tab_that_is_loaded_again_has_its_agents_chat_again()
    {
        using var page = new ShellPage();
        page.Facts.Move(ShellFacts.Neutral with { Account = new ShellAccount("Mara", "acc_1") });
        page.Services.AddSingleton<IDockContent, FakeAgent>();
        page.JSInterop.Setup<BrowserFacts?>("controlchat.keys.start", _ => true).SetResult(new BrowserFacts("UTC", Dock: false, Agent: new BrowserAgent("ags_1", "acc_1")));
        var layout = Show(page);
        layout.WaitForAssertion(() => Assert.Equal("agent here", layout.Find("aside.dock").TextContent.Trim()));
        Assert.Equal("ags_1", page.Services.GetRequiredService<AgentSlot>().Take()?.SessionId);
    }

    [Theory]
    [InlineData("acc_2")]
    [InlineData(null)]
    public void Whoever_signs_in_in_the_same_tab_is_shown_nobody_elses_chat(string? account)
    {
        using var page = new ShellPage();
        page.Facts.Move(ShellFacts.Neutral with { Account = new ShellAccount("Mara", "acc_1") });
        page.Services.AddSingleton<IDockContent, FakeAgent>();
        page.JSInterop.Setup<BrowserFacts?>("controlchat.keys.start", _ => true).SetResult(new BrowserFacts("UTC", Dock: false, Agent: new BrowserAgent("ags_1", account)));
        var layout = Show(page);
        layout.WaitForAssertion(() => Assert.Contains(page.JSInterop.Invocations, call => call.Identifier == "controlchat.keys.ready"));
        Assert.Empty(layout.FindAll("aside.dock"));
    }

    [Fact]
    public async Task Ctrl_j_closes_an_agents_chat_that_failed()
    {
        using var page = new ShellPage();
        page.Services.AddSingleton<IDockContent, BrokenAgent>();
        var slot = page.Services.GetRequiredService<AgentSlot>();
        var layout = Show(page);
        await layout.InvokeAsync(() => slot.Open(new AgentRequest("hello")));
        Assert.Contains("Agent could not be shown", layout.Find("aside.dock").TextContent, StringComparison.Ordinal);
        var door = (DotNetObjectReference<ShellDoor>)page.JSInterop.Invocations.Single(call => call.Identifier == "controlchat.keys.start").Arguments[0]!;
        await door.Value.ToggleDock();
        Assert.Empty(layout.FindAll("aside.dock"));
    }

    private static IRenderedComponent<MainLayout> Show(ShellPage page) => page.Render<MainLayout>(p => p.Add(l => l.Body, "<h1>Body</h1>"));

    private sealed class BrokenAgent : IDockContent
    {
        public Type Component => typeof(Broken);

        public string Name => IDockContent.Agent;
    }

    private sealed class FakeAgent : IDockContent
    {
        public Type Component => typeof(AgentWords);

        public string Name => IDockContent.Agent;
    }

    internal sealed class AgentWords : ComponentBase
    {
        protected override void BuildRenderTree(Microsoft.AspNetCore.Components.Rendering.RenderTreeBuilder builder) => builder.AddContent(0, "agent here");
    }

    private sealed class FakeAsk : IDockContent
    {
        public Type Component => typeof(MainLayoutTests.Words);
    }

    private sealed class Broken : ComponentBase
    {
        protected override void OnInitialized() => throw new InvalidOperationException("secret detail");
    }
}
