using Bunit;
using ControlChat.App.AgentChats;
using ControlChat.App.Layout;
using ControlChat.Core.Sessions;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.AgentChats;

/// <summary>The chat with an agent in the dock, over the real hub's rows. The hub's clock is moved; the page only looks.</summary>
public sealed class AgentDockTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private HubShell _page = null!;
    private string _workspace = "";
    private Session _session = null!;

    public async ValueTask InitializeAsync()
    {
        _page = await HubShell.StartAsync(_time, ChatBench.Idle);
        _page.SetRendererInfo(new RendererInfo("Server", isInteractive: true));
        _workspace = await ChatBench.WorkspaceAsync(_page.Hub);
        _session = await ChatBench.SessionAsync(_page.Hub, _workspace);
        // The hub's, whose parts on the page are those of its circuit.
        Beside.Show(this, [], new PageWorkspace(_workspace, "river-gauge"));
    }

    public ValueTask DisposeAsync() => _page.DisposeAsync();

    [Fact]
    public void It_shows_whose_agent_it_is_and_keeps_its_keys_to_itself()
    {
        var dock = Show();
        Assert.Equal("Agent · river-gauge", dock.Find(".conv-head h2").TextContent);
        Assert.Contains("Waits for a message", dock.Find(".conv-head").TextContent, StringComparison.Ordinal);
        Assert.Equal("agent", dock.Find("textarea").Closest("[data-keys]")!.GetAttribute("data-keys"));
        Assert.Equal(["md", "json"], dock.FindAll(".conv-head a[download]").Select(link => link.GetAttribute("href")!.Split("format=")[1]));
        Assert.Contains(_page.JSInterop.Invocations, call => call.Identifier == "controlchat.keys.agent" && Equals(call.Arguments[0], _session.Id));
    }

    [Fact]
    public async Task Closing_asks_and_the_end_ends_the_session()
    {
        var dock = Show();
        await CloseAsync(dock);
        Assert.Contains("Nothing runs in it now", dock.Find("dialog").TextContent, StringComparison.Ordinal);
        Assert.Equal("1:00", dock.Find("dialog [role=timer] b").TextContent);
        await Button(dock, "End session").ClickAsync();
        Assert.Equal(SessionState.Ended, await StateAsync());
        Assert.False(Slot.IsOpen);
        Assert.Equal([null], _page.JSInterop.Invocations.Where(call => call.Identifier == "controlchat.keys.agent").Skip(1).Select(call => call.Arguments[0]));
    }

    [Fact]
    public async Task Kept_running_it_goes_on_although_its_page_goes()
    {
        var dock = Show();
        await CloseAsync(dock);
        await Button(dock, "Keep running").ClickAsync();
        Assert.False(Slot.IsOpen);
        dock.Instance.Dispose();
        _time.Sleep(TimeSpan.FromMinutes(5));
        Assert.Equal(SessionState.Idle, await StateAsync());
    }

    [Fact]
    public async Task Escape_stays_with_the_chat_and_stops_the_clock()
    {
        var dock = Show();
        await CloseAsync(dock);
        await dock.Find("dialog").TriggerEventAsync("onclose", EventArgs.Empty);
        Assert.Empty(dock.FindAll("dialog h2"));
        Assert.True(Slot.IsOpen);
        _time.Sleep(TimeSpan.FromMinutes(5));
        Assert.Equal(SessionState.Idle, await StateAsync());
    }

    [Fact]
    public async Task Without_an_answer_the_session_ends_after_60_s_and_the_dock_is_free()
    {
        var dock = Show();
        await CloseAsync(dock);
        _time.Sleep(TimeSpan.FromSeconds(59));
        Assert.True(Slot.IsOpen);
        _time.Sleep(TimeSpan.FromSeconds(1));
        dock.WaitForAssertion(() => Assert.False(Slot.IsOpen));
        Assert.Equal(SessionState.Ended, await StateAsync());
    }

    [Fact]
    public async Task At_work_it_says_that_it_goes_on_and_does()
    {
        await ChatBench.MoveAsync(_page.Hub, _session, SessionState.Idle, SessionState.Running);
        var dock = Show();
        await CloseAsync(dock);
        Assert.Contains("The agent is at work", dock.Find("dialog").TextContent, StringComparison.Ordinal);
        _time.Sleep(OpenChats.Grace);
        dock.WaitForAssertion(() => Assert.False(Slot.IsOpen));
        Assert.Equal(SessionState.Running, await StateAsync());
    }

    [Fact]
    public async Task A_circuit_that_ends_leaves_60_s_and_then_the_session_ends_without_it()
    {
        var dock = Show();
        dock.Instance.Dispose();
        _time.Sleep(TimeSpan.FromSeconds(59));
        Assert.Equal(SessionState.Idle, await StateAsync());
        _time.Sleep(TimeSpan.FromSeconds(1));
        await Waiting.UntilAsync(async () => await StateAsync() == SessionState.Ended);
    }

    [Fact]
    public async Task A_page_that_is_loaded_again_takes_its_session_up_and_keeps_it()
    {
        Show().Instance.Dispose();
        _time.Sleep(TimeSpan.FromSeconds(50));
        Slot.Close();
        var again = Show(new AgentRequest(null, _session.Id));
        _time.Sleep(TimeSpan.FromSeconds(50));
        Assert.NotEmpty(again.FindAll("textarea"));
        Assert.Equal(SessionState.Idle, await StateAsync());
    }

    [Fact]
    public async Task A_connection_that_is_lost_leaves_60_s_and_none_of_them_counts_when_it_is_back()
    {
        Show();
        await Circuit.OnConnectionDownAsync(null!, default);
        _time.Sleep(TimeSpan.FromSeconds(59));
        await Circuit.OnConnectionUpAsync(null!, default);
        _time.Sleep(TimeSpan.FromSeconds(59));
        Assert.Equal(SessionState.Idle, await StateAsync());
        await Circuit.OnConnectionDownAsync(null!, default);
        _time.Sleep(OpenChats.Grace);
        await Waiting.UntilAsync(async () => await StateAsync() == SessionState.Ended);
    }

    [Fact]
    public async Task A_page_that_comes_back_late_to_an_agent_at_work_holds_its_session_again()
    {
        await ChatBench.MoveAsync(_page.Hub, _session, SessionState.Idle, SessionState.Running);
        var dock = Show();
        await Circuit.OnConnectionDownAsync(null!, default);
        _time.Sleep(OpenChats.Grace);
        await Waiting.UntilAsync(() => Circuit.Chat is null);
        Assert.True(Slot.IsOpen);
        await Circuit.OnConnectionUpAsync(null!, default);
        dock.WaitForAssertion(() => Assert.NotNull(Circuit.Chat));
        await ChatBench.MoveAsync(_page.Hub, _session, SessionState.Running, SessionState.Idle);
        _time.Sleep(TimeSpan.FromMinutes(2));
        Assert.Equal(SessionState.Idle, await StateAsync());
        await Circuit.OnConnectionDownAsync(null!, default);
        _time.Sleep(OpenChats.Grace);
        await Waiting.UntilAsync(async () => await StateAsync() == SessionState.Ended);
    }

    [Fact]
    public async Task On_its_own_page_the_session_is_kept_and_nobody_is_asked()
    {
        var dock = Show();
        await dock.Find("button[aria-label='Open on its own page']").ClickAsync();
        Assert.EndsWith($"/sessions/{_session.Id}", _page.Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal);
        Assert.False(Slot.IsOpen);
        dock.Instance.Dispose();
        _time.Sleep(TimeSpan.FromMinutes(2));
        Assert.Equal(SessionState.Idle, await StateAsync());
    }

    [Fact]
    public async Task A_person_without_the_right_is_refused_in_words_and_keeps_theirs()
    {
        _page.Who.Set(await ChatBench.OtherAsync(_page.Hub, _workspace, "viewer"));
        var dock = Show(new AgentRequest("hello"), wait: false);
        dock.WaitForAssertion(() => Assert.Contains("No agent was started", dock.Find("[role=alert]").TextContent, StringComparison.Ordinal));
        Assert.Contains("Not said: “hello”", dock.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Empty(dock.FindAll("textarea"));
    }

    [Fact]
    public void A_session_that_is_gone_gives_the_dock_free()
    {
        var dock = Show(new AgentRequest(null, "ags_gone"), wait: false);
        dock.WaitForAssertion(() => Assert.False(Slot.IsOpen));
    }

    [Fact]
    public async Task Another_workspaces_agent_comes_after_this_ones_chat_was_closed()
    {
        var dock = Show();
        var second = await ChatBench.WorkspaceAsync(_page.Hub, "another");
        await dock.InvokeAsync(() =>
        {
            Beside.Show(this, [], new PageWorkspace(second, "another"));
            Slot.Open(new AgentRequest("hello"));
        });
        dock.WaitForAssertion(() => Assert.NotEmpty(dock.FindAll("dialog h2")));
        await Button(dock, "Keep running").ClickAsync();
        dock.WaitForAssertion(() => Assert.Equal("Agent · another", dock.Find(".conv-head h2").TextContent));
        Assert.Equal(SessionState.Idle, await StateAsync());
        Assert.True(Slot.IsOpen);
    }

    [Fact]
    public async Task Said_to_the_agent_that_is_open_it_is_said_there()
    {
        var dock = Show();
        await dock.InvokeAsync(() => Slot.Open(new AgentRequest("and this")));
        dock.WaitForAssertion(() => Assert.Equal("and this", dock.Find(".msg.me .prose").TextContent));
        Assert.Empty(dock.FindAll("dialog h2"));
    }

    [Fact]
    public async Task A_session_that_has_ended_is_closed_without_a_question()
    {
        var dock = Show();
        await SessionBench.EndAsync(ChatBench.DatabaseOf(_page.Hub), _session.Id);
        // Its rows are looked at every three seconds, as soon as they were read before.
        await Waiting.UntilAsync(() =>
        {
            _time.Sleep(TimeSpan.FromSeconds(3));
            return dock.Markup.Contains("Session ended. Start another one", StringComparison.Ordinal);
        });
        await CloseAsync(dock);
        Assert.False(Slot.IsOpen);
    }

    private AgentCircuit Circuit => _page.Of<AgentCircuit>();

    private AgentSlot Slot => _page.Services.GetRequiredService<AgentSlot>();

    private PageContext Beside => _page.Services.GetRequiredService<PageContext>();

    private IRenderedComponent<AgentDock> Show(AgentRequest? request = null, bool wait = true)
    {
        Slot.Open(request ?? new AgentRequest(null));
        var dock = _page.Render<AgentDock>();
        if (wait) dock.WaitForAssertion(() => Assert.NotEmpty(dock.FindAll("textarea")));
        return dock;
    }

    private static Task CloseAsync(IRenderedComponent<AgentDock> dock) => dock.Find("button[aria-label=\"Close the agent's chat\"]").ClickAsync();

    private static AngleSharp.Dom.IElement Button(IRenderedComponent<AgentDock> dock, string words) => dock.FindAll("dialog button").Single(button => button.TextContent == words);

    private Task<string> StateAsync() => ChatBench.StateAsync(_page.Hub, _session.Id);
}
