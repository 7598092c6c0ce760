using ControlChat.App.AgentChats;
using ControlChat.App.Sessions.Screens;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ControlChat.Tests.App.AgentChats;

/// <summary>What becomes of a session whose chat is closed, by a clock that is moved. No page is there to help.</summary>
public sealed class OpenChatsTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private FaultyDatabase _database = null!;
    private OpenChats _chats = null!;
    private TestHub _hub = null!;
    private string _workspace = "";

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync(_time, ChatBench.Idle);
        _database = new FaultyDatabase(ChatBench.DatabaseOf(_hub));
        _chats = new OpenChats(
            ActivatorUtilities.CreateInstance<SessionCommands>(_hub.Services, _database), _hub.Services.GetRequiredService<ChatPresence>(), _time, _hub.Services.GetRequiredService<ILogger<OpenChats>>());
        _workspace = await ChatBench.WorkspaceAsync(_hub);
    }

    public ValueTask DisposeAsync()
    {
        _chats.Dispose();
        return _hub.DisposeAsync();
    }

    [Fact]
    public async Task A_question_without_an_answer_ends_the_session_after_60_s_and_not_before()
    {
        var (session, chat, end) = await OpenAsync();
        chat.Ask();
        Assert.Equal(_time.GetUtcNow().AddSeconds(60), chat.Due);
        _time.Sleep(TimeSpan.FromSeconds(59));
        Assert.Equal(SessionState.Idle, await ChatBench.StateAsync(_hub, session.Id));
        Assert.False(end.IsCompleted);
        _time.Sleep(TimeSpan.FromSeconds(1));
        Assert.Equal(ChatEnd.Ended, await end);
        Assert.Equal(SessionState.Ended, await ChatBench.StateAsync(_hub, session.Id));
    }

    [Fact]
    public async Task A_turn_that_goes_on_keeps_the_session()
    {
        var (session, chat, end) = await OpenAsync(SessionState.Running);
        chat.Ask();
        _time.Sleep(OpenChats.Grace);
        Assert.Equal(ChatEnd.Kept, await end);
        Assert.Equal(SessionState.Running, await ChatBench.StateAsync(_hub, session.Id));
    }

    [Fact]
    public async Task Who_stays_with_the_chat_keeps_the_session()
    {
        var (session, chat, end) = await OpenAsync();
        chat.Ask();
        chat.Stay();
        Assert.Null(chat.Due);
        _time.Sleep(TimeSpan.FromMinutes(10));
        Assert.False(end.IsCompleted);
        Assert.Equal(SessionState.Idle, await ChatBench.StateAsync(_hub, session.Id));
    }

    [Fact]
    public async Task A_chat_that_was_closed_with_a_word_is_not_decided_any_more()
    {
        var (session, chat, end) = await OpenAsync();
        chat.Ask();
        chat.Release();
        // The page goes after it, as pages do.
        chat.Lose();
        _time.Sleep(TimeSpan.FromMinutes(10));
        Assert.False(end.IsCompleted);
        Assert.Equal(SessionState.Idle, await ChatBench.StateAsync(_hub, session.Id));
    }

    [Fact]
    public async Task A_page_that_is_lost_has_60_s_to_come_back()
    {
        var (session, chat, end) = await OpenAsync();
        chat.Lose();
        _time.Sleep(TimeSpan.FromSeconds(59));
        chat.Return();
        _time.Sleep(TimeSpan.FromMinutes(10));
        Assert.False(end.IsCompleted);
        chat.Lose();
        _time.Sleep(OpenChats.Grace);
        Assert.Equal(ChatEnd.Ended, await end);
        Assert.Equal(SessionState.Ended, await ChatBench.StateAsync(_hub, session.Id));
    }

    [Fact]
    public async Task A_page_that_was_loaded_again_has_the_session_again()
    {
        var (session, lost, end) = await OpenAsync();
        lost.Lose();
        _time.Sleep(TimeSpan.FromSeconds(30));
        _chats.Open(_hub.Person, session.Id);
        _time.Sleep(TimeSpan.FromSeconds(30));
        Assert.Equal(ChatEnd.Kept, await end);
        Assert.Equal(SessionState.Idle, await ChatBench.StateAsync(_hub, session.Id));
    }

    [Fact]
    public async Task Of_two_pages_the_last_one_decides()
    {
        var (session, first, firstEnd) = await OpenAsync();
        var second = _chats.Open(_hub.Person, session.Id);
        var secondEnd = EndOf(second);
        first.Lose();
        _time.Sleep(TimeSpan.FromSeconds(20));
        second.Lose();
        _time.Sleep(TimeSpan.FromSeconds(40));
        Assert.Equal(ChatEnd.Kept, await firstEnd);
        Assert.Equal(SessionState.Idle, await ChatBench.StateAsync(_hub, session.Id));
        _time.Sleep(TimeSpan.FromSeconds(20));
        Assert.Equal(ChatEnd.Ended, await secondEnd);
    }

    [Fact]
    public async Task A_question_counts_on_while_its_page_is_lost_and_anew_when_it_is_back()
    {
        var (_, chat, end) = await OpenAsync();
        var moved = 0;
        chat.Moved += () => moved++;
        chat.Ask();
        var due = chat.Due;
        _time.Sleep(TimeSpan.FromSeconds(20));
        chat.Lose();
        Assert.Equal(due, chat.Due);
        _time.Sleep(TimeSpan.FromSeconds(20));
        chat.Return();
        Assert.Equal(_time.GetUtcNow() + OpenChats.Grace, chat.Due);
        Assert.Equal(2, moved);
        _time.Sleep(OpenChats.Grace);
        Assert.Equal(ChatEnd.Ended, await end);
    }

    [Fact]
    public async Task A_page_of_the_session_itself_keeps_it_and_ends_nothing_when_it_goes()
    {
        var (session, chat, end) = await OpenAsync();
        var page = _hub.Services.GetRequiredService<ISessionWatch>().Watch(session.Id);
        chat.Lose();
        _time.Sleep(OpenChats.Grace);
        Assert.Equal(ChatEnd.Kept, await end);
        page.Dispose();
        page.Dispose();
        _time.Sleep(TimeSpan.FromMinutes(10));
        Assert.Equal(SessionState.Idle, await ChatBench.StateAsync(_hub, session.Id));
    }

    [Fact]
    public async Task A_session_that_began_elsewhere_is_kept()
    {
        var session = await ChatBench.SessionAsync(_hub, _workspace, place: null);
        var chat = _chats.Open(_hub.Person, session.Id);
        var end = EndOf(chat);
        chat.Ask();
        _time.Sleep(OpenChats.Grace);
        Assert.Equal(ChatEnd.Kept, await end);
        Assert.Equal(SessionState.Idle, await ChatBench.StateAsync(_hub, session.Id));
    }

    [Fact]
    public async Task Who_spoke_to_it_by_another_door_keeps_it()
    {
        var (session, chat, end) = await OpenAsync();
        chat.Lose();
        _time.Sleep(TimeSpan.FromSeconds(30));
        await ChatBench.DeliverAsync(_hub, session);
        await ChatBench.NoteAsync(_hub, session.Id, SessionState.Running);
        await ChatBench.NoteAsync(_hub, session.Id, SessionState.Idle);
        _time.Sleep(TimeSpan.FromSeconds(30));
        Assert.Equal(ChatEnd.Kept, await end);
    }

    [Fact]
    public async Task What_the_database_could_not_decide_is_decided_when_it_is_back()
    {
        var (session, chat, end) = await OpenAsync();
        _database.OnBegin = () => new HubUnavailableException("away", new IOException());
        chat.Lose();
        _time.Sleep(OpenChats.Grace);
        await Waiting.UntilAsync(() => _hub.Log.Lines.Any(e => e.Message.Contains("trying again", StringComparison.Ordinal)));
        Assert.False(end.IsCompleted);
        _database.OnBegin = null;
        await Waiting.UntilAsync(() => chat.Due is not null);
        _time.Sleep(TimeSpan.FromSeconds(10));
        Assert.Equal(ChatEnd.Ended, await end);
        Assert.Equal(SessionState.Ended, await ChatBench.StateAsync(_hub, session.Id));
    }

    [Fact]
    public async Task A_hub_that_stops_ends_nothing()
    {
        var (session, chat, end) = await OpenAsync();
        chat.Ask();
        await _chats.StopAsync(default);
        _time.Sleep(TimeSpan.FromMinutes(2));
        Assert.False(end.IsCompleted);
        Assert.Equal(SessionState.Idle, await ChatBench.StateAsync(_hub, session.Id));
    }

    private async Task<(Session Session, OpenChat Chat, Task<ChatEnd> End)> OpenAsync(string state = SessionState.Idle)
    {
        var session = await ChatBench.SessionAsync(_hub, _workspace, state);
        var chat = _chats.Open(_hub.Person, session.Id);
        return (session, chat, EndOf(chat));
    }

    private static Task<ChatEnd> EndOf(OpenChat chat)
    {
        var end = new TaskCompletionSource<ChatEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        chat.Decided += end.SetResult;
        return end.Task;
    }
}
