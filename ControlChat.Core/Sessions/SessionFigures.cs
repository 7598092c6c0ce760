using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions;

/// <summary>Sessions that go on or wait, in all processes.</summary>
internal static class SessionFigures
{
    private static readonly string[] States = [SessionState.Queued, SessionState.Starting, SessionState.Running, SessionState.WaitingForApproval, SessionState.Idle];
    private static readonly string[] Modes = [SessionMode.Chat, SessionMode.Terminal];

    public static IEnumerable<HubFigure> All =>
        from state in States
        from mode in Modes
        select new HubFigure(
            "controlchat.session.count", null, "Agent sessions that go on or wait, by state and mode.",
            async (reader, cancellationToken) => await reader.FindAsync<long>("select count(*) from sessions where state = @state and mode = @mode", new { state, mode }, cancellationToken))
        {
            Tags = [new("state", state), new("mode", mode)],
        };
}
