using ControlChat.App.AgentChats;
using ControlChat.Core.Sessions;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.AgentChats;

/// <summary>A session is closed only while nothing runs in it.</summary>
public sealed class SessionClosingTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private TestHub _hub = null!;
    private string _workspace = "";

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync(_time, ChatBench.Idle);
        _workspace = await ChatBench.WorkspaceAsync(_hub);
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Theory]
    [InlineData(SessionState.Queued, false, SessionCommandResult.Done)]
    [InlineData(SessionState.Queued, true, SessionCommandResult.Busy)]
    [InlineData(SessionState.Starting, false, SessionCommandResult.Done)]
    [InlineData(SessionState.Idle, false, SessionCommandResult.Done)]
    [InlineData(SessionState.Idle, true, SessionCommandResult.Busy)]
    [InlineData(SessionState.Running, false, SessionCommandResult.Busy)]
    [InlineData(SessionState.WaitingForApproval, false, SessionCommandResult.Busy)]
    public async Task What_runs_or_is_about_to_keeps_it(string state, bool said, SessionCommandResult expected)
    {
        var session = await ChatBench.SessionAsync(_hub, _workspace, state);
        if (said) await ChatBench.SayAsync(_hub, session.Id);
        Assert.Equal(expected, await Commands.CloseAsync(_hub.Person, session.Id, OpenChats.Grace, "ui", default));
        Assert.Equal(expected == SessionCommandResult.Done ? SessionState.Ended : state, await ChatBench.StateAsync(_hub, session.Id));
    }

    [Fact]
    public async Task One_that_has_ended_stays_as_it_ended()
    {
        var session = await ChatBench.SessionAsync(_hub, _workspace);
        await SessionBench.EndAsync(ChatBench.DatabaseOf(_hub), session.Id, SessionEnd.Idle);
        Assert.Equal(SessionCommandResult.Ended, await Commands.CloseAsync(_hub.Person, session.Id, OpenChats.Grace, "ui", default));
        Assert.Equal(SessionEnd.Idle, (await SessionBench.ReadAsync(ChatBench.DatabaseOf(_hub), session.Id)).EndReason);
    }

    [Theory]
    [InlineData(null, SessionCommandResult.Absent)]
    [InlineData("viewer", SessionCommandResult.Denied)]
    [InlineData("collaborator", SessionCommandResult.Foreign)]
    public async Task Nobody_ends_another_persons_session_by_closing_a_chat(string? role, SessionCommandResult expected)
    {
        var session = await ChatBench.SessionAsync(_hub, _workspace);
        Assert.Equal(expected, await Commands.CloseAsync(await ChatBench.OtherAsync(_hub, _workspace, role), session.Id, OpenChats.Grace, "ui", default));
        Assert.Equal(SessionState.Idle, await ChatBench.StateAsync(_hub, session.Id));
    }

    [Fact]
    public async Task What_no_chat_beside_a_page_began_is_not_ended_by_closing_one()
    {
        var session = await ChatBench.SessionAsync(_hub, _workspace, place: null);
        Assert.Equal(SessionCommandResult.Foreign, await CloseAsync(session));
        Assert.Equal(SessionState.Idle, await ChatBench.StateAsync(_hub, session.Id));
        Assert.False((await LookAsync(session)).EndsUnasked);
    }

    [Fact]
    public async Task A_message_that_reached_the_agent_is_at_work_until_its_turn_begins()
    {
        var session = await ChatBench.SessionAsync(_hub, _workspace);
        await ChatBench.NoteAsync(_hub, session.Id, SessionState.Idle);
        await ChatBench.DeliverAsync(_hub, session);
        Assert.True((await LookAsync(session)).IsAtWork);
        Assert.Equal(SessionCommandResult.Busy, await CloseAsync(session));
        await ChatBench.NoteAsync(_hub, session.Id, SessionState.Running);
        await ChatBench.NoteAsync(_hub, session.Id, SessionState.Idle);
        Pass();
        Assert.False((await LookAsync(session)).IsAtWork);
        Assert.Equal(SessionCommandResult.Done, await CloseAsync(session));
    }

    [Fact]
    public async Task The_first_message_is_at_work_although_the_agent_was_ready_after_it_was_said()
    {
        var session = await ChatBench.SessionAsync(_hub, _workspace);
        await ChatBench.DeliverAsync(_hub, session);
        await ChatBench.NoteAsync(_hub, session.Id, SessionState.Idle);
        Assert.Equal(SessionCommandResult.Busy, await CloseAsync(session));
    }

    [Fact]
    public async Task A_message_that_was_said_in_a_turn_is_done_with_that_turn()
    {
        var session = await ChatBench.SessionAsync(_hub, _workspace);
        await ChatBench.NoteAsync(_hub, session.Id, SessionState.Running);
        await ChatBench.DeliverAsync(_hub, session);
        await ChatBench.NoteAsync(_hub, session.Id, SessionState.Idle);
        Pass();
        Assert.Equal(SessionCommandResult.Done, await CloseAsync(session));
    }

    [Fact]
    public async Task Who_spoke_to_it_after_its_chat_was_closed_keeps_it()
    {
        var session = await ChatBench.SessionAsync(_hub, _workspace);
        await ChatBench.DeliverAsync(_hub, session);
        await ChatBench.NoteAsync(_hub, session.Id, SessionState.Running);
        await ChatBench.NoteAsync(_hub, session.Id, SessionState.Idle);
        _time.Sleep(OpenChats.Grace - TimeSpan.FromSeconds(1));
        Assert.Equal(SessionCommandResult.Busy, await CloseAsync(session));
        Assert.Equal(SessionState.Idle, await ChatBench.StateAsync(_hub, session.Id));
    }

    private Task<SessionCommandResult> CloseAsync(Session session) => Commands.CloseAsync(_hub.Person, session.Id, OpenChats.Grace, "ui", default);

    private async Task<SessionLook> LookAsync(Session session) => (await _hub.Services.GetRequiredService<SessionDesk>().FindAsync(_hub.Person, session.Id, default))!;

    // What was said is not said after the chat was closed.
    private void Pass() => _time.Sleep(OpenChats.Grace);

    private SessionCommands Commands => _hub.Services.GetRequiredService<SessionCommands>();
}
