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

/// <summary>What is wanted of the dock while it is busy with something else, asked twice, or after it failed.</summary>
public sealed class AgentDockWishesTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private HubShell _page = null!;
    private string _workspace = "";
    private Session _session = null!;

    public async ValueTask InitializeAsync()
    {
        _page = await HubShell.StartAsync(_time, [.. ChatBench.Idle, "--Sessions:AllowUncontained=true"]);
        _page.SetRendererInfo(new RendererInfo("Server", isInteractive: true));
        _workspace = await ChatBench.WorkspaceAsync(_page.Hub);
        _session = await ChatBench.SessionAsync(_page.Hub, _workspace);
        Beside.Show(this, [], new PageWorkspace(_workspace, "river-gauge"));
    }

    public ValueTask DisposeAsync() => _page.DisposeAsync();

    [Fact]
    public async Task The_same_wish_put_twice_is_said_once_and_two_wishes_are_both_said()
    {
        var dock = Show();
        dock.WaitForAssertion(() => Assert.NotEmpty(dock.FindAll("textarea")));
        var first = new AgentRequest("first");
        await dock.InvokeAsync(() =>
        {
            Slot.Open(first);
            Slot.Open(first);
            Slot.Open(new AgentRequest("second"));
        });
        dock.WaitForAssertion(() => Assert.Equal(["first", "second"], dock.FindAll(".msg.me .prose").Select(said => said.TextContent)));
        Assert.Single(await OpenAsync());
    }

    [Fact]
    public async Task Wished_for_while_another_one_opens_it_begins_no_second_session()
    {
        await SessionBench.EndAsync(ChatBench.DatabaseOf(_page.Hub), _session.Id);
        Slot.Open(new AgentRequest("first"));
        Slot.Open(new AgentRequest("second"));
        var dock = _page.Render<AgentDock>();
        dock.WaitForAssertion(() => Assert.Equal(["first", "second"], dock.FindAll(".msg.me .prose").Select(said => said.TextContent)));
        Assert.Single(await OpenAsync());
    }

    [Fact]
    public async Task What_was_to_be_said_elsewhere_is_not_lost_when_one_stays()
    {
        var dock = await AskedForAnotherAsync();
        await dock.Find("dialog").TriggerEventAsync("onclose", EventArgs.Empty);
        dock.WaitForAssertion(() => Assert.Contains("Not said: “hello”", dock.Find("[role=status].note").TextContent, StringComparison.Ordinal));
        Assert.NotEmpty(dock.FindAll("textarea"));
        await dock.FindAll("button").Single(b => b.TextContent == "Dismiss").ClickAsync();
        Assert.DoesNotContain("Not said", dock.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Keep running")]
    [InlineData("End session")]
    public async Task A_second_click_on_the_answer_leaves_the_chat_that_came_after_it(string words)
    {
        var dock = await AskedForAnotherAsync();
        var question = dock.FindComponent<CloseAgentDialog>().Instance;
        var answer = words == "Keep running" ? question.OnKeep : question.OnEnd;
        await dock.InvokeAsync(() => Task.WhenAll(answer.InvokeAsync(), answer.InvokeAsync()));
        dock.WaitForAssertion(() => Assert.Equal("Agent · another", dock.Find(".conv-head h2").TextContent));
        Assert.True(Slot.IsOpen);
        Assert.NotNull(Circuit.Chat);
        Assert.Equal(words == "Keep running" ? 2 : 1, (await OpenAsync()).Count);
    }

    [Fact]
    public async Task In_the_place_of_one_that_failed_the_chat_goes_on_and_its_session_is_held()
    {
        var failed = Show();
        failed.WaitForAssertion(() => Assert.NotEmpty(failed.FindAll("textarea")));
        failed.Instance.Dispose();
        var dock = _page.Render<AgentDock>();
        dock.WaitForAssertion(() => Assert.Equal("Agent · river-gauge", dock.Find(".conv-head h2").TextContent));
        Assert.NotNull(Circuit.Chat);
        _time.Sleep(TimeSpan.FromMinutes(2));
        Assert.Equal(SessionState.Idle, await ChatBench.StateAsync(_page.Hub, _session.Id));
    }

    [Fact]
    public async Task A_session_that_began_elsewhere_is_said_to_go_on_and_does()
    {
        await SessionBench.EndAsync(ChatBench.DatabaseOf(_page.Hub), _session.Id);
        var session = await ChatBench.SessionAsync(_page.Hub, _workspace, place: null);
        var dock = Show();
        dock.WaitForAssertion(() => Assert.NotEmpty(dock.FindAll("textarea")));
        await dock.InvokeAsync(Slot.AskClose);
        Assert.Contains("Without an answer it goes on", dock.Find("dialog").TextContent, StringComparison.Ordinal);
        Assert.Empty(dock.FindAll("dialog [role=timer]"));
        _time.Sleep(OpenChats.Grace);
        dock.WaitForAssertion(() => Assert.False(Slot.IsOpen));
        Assert.Equal(SessionState.Idle, await ChatBench.StateAsync(_page.Hub, session.Id));
    }

    [Fact]
    public async Task With_a_message_that_waits_it_says_that_it_goes_on()
    {
        await ChatBench.SayAsync(_page.Hub, _session.Id);
        var dock = Show();
        dock.WaitForAssertion(() => Assert.NotEmpty(dock.FindAll("textarea")));
        await dock.InvokeAsync(Slot.AskClose);
        Assert.Contains("The agent is at work", dock.Find("dialog").TextContent, StringComparison.Ordinal);
        Assert.Empty(dock.FindAll("dialog [role=timer]"));
    }

    [Fact]
    public async Task An_agent_without_a_namespace_is_told_of_beside_the_page_too()
    {
        await ChatBench.UncontainedAsync(_page.Hub, _session.Id);
        var dock = Show();
        dock.WaitForAssertion(() => Assert.Contains("This agent has no namespace around it", dock.Find(".note.danger").TextContent, StringComparison.Ordinal));
    }

    private AgentCircuit Circuit => _page.Of<AgentCircuit>();

    private AgentSlot Slot => _page.Services.GetRequiredService<AgentSlot>();

    private PageContext Beside => _page.Services.GetRequiredService<PageContext>();

    private IRenderedComponent<AgentDock> Show()
    {
        Slot.Open(new AgentRequest(null));
        return _page.Render<AgentDock>();
    }

    // The question stands, because "hello" is for the agent of another workspace.
    private async Task<IRenderedComponent<AgentDock>> AskedForAnotherAsync()
    {
        var dock = Show();
        dock.WaitForAssertion(() => Assert.NotEmpty(dock.FindAll("textarea")));
        var another = await ChatBench.WorkspaceAsync(_page.Hub, "another");
        await dock.InvokeAsync(() => Slot.Open(new AgentRequest("hello") { Target = new AgentTarget(new PageWorkspace(another, "another")) }));
        dock.WaitForAssertion(() => Assert.NotEmpty(dock.FindAll("dialog h2")));
        return dock;
    }

    private async Task<IReadOnlyList<Session>> OpenAsync()
    {
        await using var reader = await ChatBench.DatabaseOf(_page.Hub).ReadAsync(default);
        return await new SessionStore().OpenAsync(reader, null, default);
    }
}
