using ControlChat.App.AgentChats;
using ControlChat.App.Layout;
using ControlChat.App.Sessions.Screens;
using ControlChat.App.SignIn;
using ControlChat.Core.Bus;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.AgentChats;

/// <summary>Which session a person comes to who asks for an agent.</summary>
public sealed class AgentChatTests : IAsyncLifetime
{
    private readonly CircuitPrincipal _who = new();
    private TestHub _hub = null!;
    private string _workspace = "";

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync(args: ChatBench.Idle);
        _who.Set(_hub.Person);
        _workspace = await ChatBench.WorkspaceAsync(_hub);
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task The_first_one_in_a_workspace_begins_a_session_with_what_was_said()
    {
        var chat = Chat();
        await chat.OpenAsync(new AgentRequest("hello"), Here, default);
        var session = await SessionBench.ReadAsync(ChatBench.DatabaseOf(_hub), chat.Talk!.Id);
        Assert.Equal((_workspace, _hub.Person.AccountId, "hello", SessionState.Queued), (session.WorkspaceId, session.OwnerId, session.InitialMessage, session.State));
        await chat.Talk.LoadAsync(default);
        Assert.Equal(1, chat.Talk.Look!.View.QueuePosition);
    }

    [Fact]
    public async Task A_session_that_goes_on_is_opened_again_and_hears_what_is_said()
    {
        var open = await ChatBench.SessionAsync(_hub, _workspace);
        var chat = Chat();
        await chat.OpenAsync(new AgentRequest("again"), Here, default);
        Assert.Equal(open.Id, chat.Talk!.Id);
        Assert.Equal(["again"], chat.Talk.Items.OfType<SessionItem.Said>().Select(said => said.Text));
        await chat.OpenAsync(new AgentRequest(null), Here, default);
        Assert.Equal(open.Id, chat.Talk!.Id);
        Assert.Single(await OpenSessionsAsync());
    }

    [Theory]
    [InlineData("ended")]
    [InlineData("of another person")]
    [InlineData("of a task that was handed over")]
    [InlineData("of another workspace")]
    public async Task A_session_is_not_taken_that_is(string other)
    {
        var workspace = other == "of another workspace" ? await ChatBench.WorkspaceAsync(_hub, "another") : _workspace;
        var session = await ChatBench.SessionAsync(_hub, workspace, conversation: other == "of a task that was handed over" ? "conv_1" : null);
        if (other == "ended") await SessionBench.EndAsync(ChatBench.DatabaseOf(_hub), session.Id);
        if (other == "of another person") await GiveAwayAsync(session.Id);
        var chat = Chat();
        await chat.OpenAsync(new AgentRequest(null), Here, default);
        Assert.NotEqual(session.Id, chat.Talk!.Id);
    }

    [Fact]
    public async Task Who_may_only_look_is_told_so_and_loses_no_word()
    {
        _who.Set(await ChatBench.OtherAsync(_hub, _workspace, "viewer"));
        var chat = Chat();
        await chat.OpenAsync(new AgentRequest("hello"), Here, default);
        var refused = Assert.IsType<AgentView.Refused>(chat.View);
        Assert.Equal("hello", refused.Wish.Text);
        Assert.Matches("(?i)collaborator|may not", refused.Why);
        Assert.False(refused.Again);
        Assert.Empty(await OpenSessionsAsync());
    }

    [Fact]
    public async Task Without_a_workspace_on_the_page_it_asks_which_of_those_one_may_write_to()
    {
        var second = await ChatBench.WorkspaceAsync(_hub, "another");
        var other = await ChatBench.OtherAsync(_hub, _workspace, "viewer");
        var chat = Chat();
        await chat.OpenAsync(new AgentRequest("hello"), null, default);
        var choosing = Assert.IsType<AgentView.Choosing>(chat.View);
        Assert.Equal(new[] { _workspace, second }.Order(), choosing.Places.Select(p => p.Id).Order());
        await chat.BeginAsync(choosing.Places.Single(p => p.Id == second), choosing.Wish, default);
        Assert.Equal(second, (await SessionBench.ReadAsync(ChatBench.DatabaseOf(_hub), chat.Talk!.Id)).WorkspaceId);

        _who.Set(other);
        await chat.OpenAsync(new AgentRequest(null), null, default);
        Assert.Empty(Assert.IsType<AgentView.Choosing>(chat.View).Places);
    }

    [Fact]
    public async Task The_only_workspace_is_not_asked_for()
    {
        var chat = Chat();
        await chat.OpenAsync(new AgentRequest(null), null, default);
        Assert.Equal(_workspace, (await SessionBench.ReadAsync(ChatBench.DatabaseOf(_hub), chat.Talk!.Id)).WorkspaceId);
    }

    [Fact]
    public async Task A_lite_hub_has_one_place_for_an_agent()
    {
        await using var lite = await TestHub.StartAsync(args: ["--mode", "web", "--Hub:Kind=lite"]);
        _who.Set(lite.Person);
        var chat = Chat(lite);
        await chat.OpenAsync(new AgentRequest("hello"), null, default);
        Assert.Equal("local", (await SessionBench.ReadAsync(ChatBench.DatabaseOf(lite), chat.Talk!.Id)).WorkspaceId);
    }

    [Fact]
    public async Task What_the_database_did_not_answer_can_be_tried_again()
    {
        var faulty = new FaultyDatabase(ChatBench.DatabaseOf(_hub)) { OnRead = () => new HubUnavailableException("away", new IOException()) };
        var chat = Chat(desk: ActivatorUtilities.CreateInstance<SessionDesk>(_hub.Services, faulty));
        await chat.OpenAsync(new AgentRequest("hello"), Here, default);
        Assert.Equal(("hello", true), Assert.IsType<AgentView.Refused>(chat.View) is var refused ? (refused.Wish.Text, refused.Again) : default);
        faulty.OnRead = null;
        await chat.AgainAsync(refused, default);
        Assert.NotNull(chat.Talk);
    }

    [Fact]
    public async Task The_same_wish_begins_one_session_that_its_own_chat_may_end()
    {
        var wish = new AgentRequest("hello");
        var (first, second) = (Chat(), Chat());
        await first.OpenAsync(wish, Here, default);
        await second.AgainAsync(new AgentView.Refused("away", new SessionPlace(_workspace, "river-gauge"), wish, Again: true) { MayHaveBegun = true }, default);
        Assert.Equal(first.Talk!.Id, second.Talk!.Id);
        Assert.Equal(["hello"], second.Talk.Items.OfType<SessionItem.Said>().Select(said => said.Text));
        Assert.Equal((true, true), (second.Talk.Look!.EndsUnasked, second.Talk.Look.IsAtWork));
    }

    [Fact]
    public async Task What_comes_when_something_else_is_wanted_is_not_shown()
    {
        var held = new TaskCompletionSource();
        var database = new FaultyDatabase(ChatBench.DatabaseOf(_hub)) { Held = held.Task };
        var chat = Chat(desk: ActivatorUtilities.CreateInstance<SessionDesk>(_hub.Services, database));
        var opening = chat.OpenAsync(new AgentRequest(null, "ags_1"), Here, default);
        chat.Leave();
        held.SetResult();
        await opening;
        Assert.IsType<AgentView.Opening>(chat.View);
    }

    [Theory]
    [InlineData("@agent", true, null)]
    [InlineData("  @Agent   hello there ", true, "hello there")]
    [InlineData("@agent\nhello", true, "hello")]
    [InlineData("@agents hello", false, null)]
    [InlineData("ask @agent hello", false, null)]
    [InlineData("", false, null)]
    public void A_text_that_begins_with_the_word_is_meant_for_an_agent(string text, bool meant, string? said) =>
        Assert.Equal((meant, said), AgentRequest.Read(text) is { } request ? (true, request.Text) : (false, null));

    private PageWorkspace Here => new(_workspace, "river-gauge");

    private AgentChat Chat(TestHub? hub = null, SessionDesk? desk = null)
    {
        var services = (hub ?? _hub).Services;
        var gate = services.GetRequiredService<IToolGate>();
        return new AgentChat(
            desk ?? services.GetRequiredService<SessionDesk>(), new SessionCalls(gate, services.GetRequiredService<SessionCommands>(), _who, TimeProvider.System), new SessionPlaces(gate, _who),
            services.GetRequiredService<IBus>(), TimeProvider.System);
    }

    private async Task<IReadOnlyList<Session>> OpenSessionsAsync()
    {
        await using var reader = await ChatBench.DatabaseOf(_hub).ReadAsync(default);
        return await new SessionStore().OpenAsync(reader, null, default);
    }

    private Task<int> GiveAwayAsync(string session) => ChatBench.DatabaseOf(_hub).WriteAsync(t => t.ExecuteAsync("update sessions set owner_id = 'acc_else' where id = @session", new { session }, default));
}
