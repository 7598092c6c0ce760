using ControlChat.Core.Sessions;
using ControlChat.Core.Telemetry;

namespace ControlChat.App.Sessions;

/// <summary>Lets an agent's call to the model in: by its session's handle, not too fast, while the session may work and has tokens left.</summary>
internal sealed class AgentGate(AgentPace pace, SessionDoor door, SessionBudget budget, AgentLanes lanes, AgentRefusals refusals)
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
        var session = await AdmitAsync(handle, request.HttpContext.Connection.RemoteIpAddress?.ToString() ?? "", cancellationToken);
        var left = await budget.LeftAsync(session, cancellationToken);
        if (left.Fault is { } fault)
        {
            await refusals.RecordAsync(AgentRefusals.Model, session, "no_tokens_left", "rate_limited", fault);
            throw new AgentModelException(429, "insufficient_quota", fault);
        }
        if (lanes.Enter(session.Id) is { } lane) return new AgentPass(session, handle, left.Tokens, lane);
        Meters.AgentModelRefused("too_many_at_once");
        throw new AgentModelException(429, "rate_limit_exceeded", $"This session has {AgentLanes.Most} calls under way. Wait for one to end.") { RetryAfter = 1 };
    }

    private async Task<Session> AdmitAsync(SessionHandle handle, string address, CancellationToken cancellationToken)
    {
        var known = pace.Known(handle);
        if (pace.Take(known, address) is { } seconds) throw await TooFastAsync(known, seconds);
        var admission = await door.AdmitAsync(handle, cancellationToken);
        var refused = admission as SessionAdmission.Refused;
        var session = refused is null ? ((SessionAdmission.Allowed)admission).Session : refused.Session;
        if (known is null && session is not null) pace.Meet(handle, session, address);
        if (refused is null) return session!;
        await refusals.RecordAsync(AgentRefusals.Model, session, refused.Reason, refused.Reason == SessionRefusal.Frozen ? "frozen" : "denied", refused.Words);
        throw WordsFor(refused);
    }

    private async Task<AgentModelException> TooFastAsync(Session? known, int seconds)
    {
        var words = known is null ? "Too many calls with handles that no session has. Try again later."
            : $"This session makes more than {AgentPace.CallsPerMinute} calls to the model in a minute. Try again in {seconds} s.";
        await refusals.RecordAsync(AgentRefusals.Model, known, known is null ? "too_many_unknown" : "too_fast", "rate_limited", words);
        // An honest session's first call may be among the strangers': Codex asks again after 503, a few times, and never after 429.
        return known is null ? new AgentModelException(503, "too_many_unknown", words) { RetryAfter = seconds } : new AgentModelException(429, "rate_limit_exceeded", words) { RetryAfter = seconds };
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
internal sealed record AgentPass(Session Session, SessionHandle Handle, long? TokensLeft, AgentLanes.Lane Lane) : IDisposable
{
    public void Dispose() => Lane.Dispose();
}
