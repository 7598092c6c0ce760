using ControlChat.Core.Sessions;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.AgentChats;

/// <summary>A session is closed only while nothing runs in it.</summary>
public sealed class SessionClosingTests : IAsyncLifetime
{
    private TestHub _hub = null!;
    private string _workspace = "";

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync(args: ChatBench.Idle);
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
        Assert.Equal(expected, await Commands.CloseAsync(_hub.Person, session.Id, "ui", default));
        Assert.Equal(expected == SessionCommandResult.Done ? SessionState.Ended : state, await ChatBench.StateAsync(_hub, session.Id));
    }

    [Fact]
    public async Task One_that_has_ended_stays_as_it_ended()
    {
        var session = await ChatBench.SessionAsync(_hub, _workspace);
        await SessionBench.EndAsync(ChatBench.DatabaseOf(_hub), session.Id, SessionEnd.Idle);
        Assert.Equal(SessionCommandResult.Ended, await Commands.CloseAsync(_hub.Person, session.Id, "ui", default));
        Assert.Equal(SessionEnd.Idle, (await SessionBench.ReadAsync(ChatBench.DatabaseOf(_hub), session.Id)).EndReason);
    }

    [Theory]
    [InlineData(null, SessionCommandResult.Absent)]
    [InlineData("viewer", SessionCommandResult.Denied)]
    [InlineData("collaborator", SessionCommandResult.Done)]
    public async Task Who_may_stop_it_may_close_it(string? role, SessionCommandResult expected)
    {
        var session = await ChatBench.SessionAsync(_hub, _workspace);
        Assert.Equal(expected, await Commands.CloseAsync(await ChatBench.OtherAsync(_hub, _workspace, role), session.Id, "ui", default));
        Assert.Equal(expected == SessionCommandResult.Done ? SessionState.Ended : SessionState.Idle, await ChatBench.StateAsync(_hub, session.Id));
    }

    private SessionCommands Commands => _hub.Services.GetRequiredService<SessionCommands>();
}
