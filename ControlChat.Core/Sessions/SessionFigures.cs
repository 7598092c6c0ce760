using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions;

/// <summary>Sessions of all processes, by state.</summary>
internal static class SessionFigures
{
    private static readonly string[] States = [SessionState.Queued, SessionState.Starting, SessionState.Running, SessionState.WaitingForApproval, SessionState.Idle, SessionState.Ended];
    private static readonly string[] Modes = [SessionMode.Chat, SessionMode.Terminal];

    public static IEnumerable<HubFigure> All =>
        from state in States
        from mode in Modes
        select new HubFigure(
            "controlchat.session.count", null, "Agent sessions, by state and mode; ended ones while their rows are kept.",
            async (reader, cancellationToken) => await reader.FindAsync<long>("select count(*) from sessions where state = @state and mode = @mode", new { state, mode }, cancellationToken))
        {
            Tags = [new("state", state), new("mode", mode)],
        };
}
