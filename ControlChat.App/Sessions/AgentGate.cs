using ControlChat.Core.Sessions;
using ControlChat.Core.Telemetry;

namespace ControlChat.App.Sessions;

/// <summary>Lets an agent's call to the model in: by its session's handle, while the session may work and has tokens left.</summary>
internal sealed class AgentGate(SessionDoor door, SessionBudget budget, AgentLanes lanes, AgentRefusals refusals)
{
    private const string Bearer = "Bearer ";

    /// <exception cref="AgentModelException">It is not let in.</exception>
    public async Task<AgentPass> EnterAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (HandleOf(request) is not { } handle)
        {
            Meters.AgentModelRefused("no_handle");
            throw new AgentModelException(401, "no_handle", "No agent handle found. This address is for agents that the hub started.");
        }
        var admission = await door.AdmitAsync(handle, cancellationToken);
        if (admission is SessionAdmission.Refused refused)
        {
            await refusals.RecordAsync(refused.Session, refused.Reason, refused.Reason == SessionRefusal.Frozen ? "frozen" : "denied", refused.Words);
            throw WordsFor(refused);
        }
        var session = ((SessionAdmission.Allowed)admission).Session;
        var left = await budget.LeftAsync(session, cancellationToken);
        if (left.Fault is { } fault)
        {
            await refusals.RecordAsync(session, "no_tokens_left", "rate_limited", fault);
            throw new AgentModelException(429, "insufficient_quota", fault);
        }
        if (lanes.Enter(session.Id) is { } lane) return new AgentPass(session, handle, left.Tokens, lane);
        Meters.AgentModelRefused("too_many_at_once");
        throw new AgentModelException(429, "rate_limit_exceeded", $"This session has {AgentLanes.Most} calls under way. Wait for one to end.") { RetryAfter = 1 };
    }

    private static SessionHandle? HandleOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? SessionHandle.Read(header[Bearer.Length..]) : null;

    /// <summary>What the agent hears.</summary>
    public static AgentModelException WordsFor(SessionAdmission.Refused refused) => refused.Reason switch
    {
        SessionRefusal.Unknown => new(401, "no_handle", refused.Words),
        SessionRefusal.Frozen => new(423, "frozen", refused.Words),
        _ => new(403, $"session_{refused.Reason}", refused.Words),
    };
}

/// <summary>A call that was let in.</summary>
/// <param name="Session">As it was then.</param>
/// <param name="TokensLeft">Null: no bound.</param>
/// <param name="Lane">One of the session's calls under way.</param>
internal sealed record AgentPass(Session Session, SessionHandle Handle, long? TokensLeft, IDisposable Lane) : IDisposable
{
    public void Dispose() => Lane.Dispose();
}
