using System.Globalization;
using ControlChat.App.Api;
using ControlChat.App.Sessions;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Tokens;

namespace ControlChat.App.Mcp;

/// <summary>
/// The worker's part for an agent that calls tools: it shows its session's handle, and the worker shows the session's token for it, through
/// the same gate as anybody else. Tokens are kept here while they are good; no agent ever sees one.
/// </summary>
internal sealed class AgentToolsDoor(SessionDoor door, AgentTokens tokens, WorkspaceGate gate, AgentRefusals refusals, TimeProvider time)
{
    private const string Bearer = "Bearer ";
    private const int RequestsPerMinute = 600;
    private const int RequestsAtOnce = 120;

    // Well before the token's end, so that none ends on its way.
    private static readonly TimeSpan Renew = AgentTokens.Life - TimeSpan.FromMinutes(2);
    private readonly AgentPace _pace = new(time, RequestsPerMinute, RequestsAtOnce);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (string Token, long Since)> _tokens = new(StringComparer.Ordinal);

    /// <exception cref="ApiException">429.</exception>
    public async Task<WorkspaceEntry> EnterAsync(HttpContext context)
    {
        if (HandleOf(context.Request) is not { } handle) return new WorkspaceEntry.Refused("No agent handle found. This address is for agents that the hub started.", "no_handle");
        var (known, address) = (_pace.Known(handle), context.Connection.RemoteIpAddress?.ToString() ?? "");
        if (_pace.Take(known, address) is { } seconds) throw await TooFastAsync(known, seconds);
        var admission = await door.AdmitAsync(handle, context.RequestAborted);
        if (admission is SessionAdmission.Refused refused && refused.Reason != SessionRefusal.Frozen)
        {
            await refusals.RecordAsync(AgentRefusals.Tools, refused.Session, refused.Reason, "denied", refused.Words);
            return new WorkspaceEntry.Refused(refused.Words, refused.Reason);
        }
        // A stop switch is the gate's to tell of, tool by tool.
        var session = admission is SessionAdmission.Allowed allowed ? allowed.Session : ((SessionAdmission.Refused)admission).Session!;
        if (known is null) _pace.Meet(handle, session, address);
        return await PassAsync(session.Id, context.RequestAborted);
    }

    private async Task<WorkspaceEntry> PassAsync(string session, CancellationToken cancellationToken)
    {
        if (Kept(session) is { } kept && await gate.EnterAsync(kept, cancellationToken) is WorkspaceEntry.Allowed entered) return entered;
        // None, or one that is worth nothing any more, as after the key was changed.
        var fresh = await tokens.IssueAsync(session, AgentScopes.All, cancellationToken);
        if (fresh is not null) Keep(session, fresh);
        return await gate.EnterAsync(fresh, cancellationToken);
    }

    private string? Kept(string session)
    {
        lock (_lock) return _tokens.TryGetValue(session, out var kept) && time.GetElapsedTime(kept.Since) < Renew ? kept.Token : null;
    }

    private void Keep(string session, string token)
    {
        lock (_lock)
        {
            foreach (var (old, kept) in _tokens)
                if (time.GetElapsedTime(kept.Since) >= Renew) _tokens.Remove(old);
            _tokens[session] = (token, time.GetTimestamp());
        }
    }

    private async Task<ApiException> TooFastAsync(Session? known, int seconds)
    {
        var words = string.Create(CultureInfo.InvariantCulture, $"Too many requests. Try again in {seconds} s.");
        await refusals.RecordAsync(AgentRefusals.Tools, known, known is null ? "too_many_unknown" : "too_fast", "rate_limited", words);
        return new ApiException(429, "rate_limited", words) { RetryAfter = seconds };
    }

    private static SessionHandle? HandleOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? SessionHandle.Read(header[Bearer.Length..]) : null;
}
