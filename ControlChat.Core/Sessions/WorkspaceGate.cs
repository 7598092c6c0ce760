using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Tokens;
using ControlChat.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Sessions;

/// <summary>
/// The one door to the tools of a workspace (design, invariant 6). At every request: the token, that its session lives, and the rights of
/// whoever it acts for, all read anew. At every call: stop switches, the scope, how fast, and a row on the record.
/// </summary>
public sealed partial class WorkspaceGate(AgentTokens tokens, SessionDoor door, AgentRefusals refusals, IAuditTrail audit, Redactor redactor, TimeProvider time, ILogger<WorkspaceGate> logger)
{
    /// <summary>Of one session, in this process: an agent that reads a document by its sections asks about once a second.</summary>
    public const int CallsPerMinute = 240;

    /// <summary>What a model asks for in parallel, a few times over.</summary>
    public const int CallsAtOnce = 60;

    private const string Unavailable = "unavailable";
    private static readonly TimeSpan Watch = TimeSpan.FromSeconds(1);
    private readonly CallBuckets _calls = new(CallsPerMinute, CallsAtOnce, time);

    /// <param name="token">As it was shown; null when none was.</param>
    /// <exception cref="HubUnavailableException">The database does not answer.</exception>
    public async Task<WorkspaceEntry> EnterAsync(string? token, CancellationToken cancellationToken)
    {
        var reading = await tokens.VerifyAsync(token, workspaceId: null, scope: null, cancellationToken);
        if (reading is not AgentTokenReading.Accepted { Claims: var claims }) return await RefuseAsync((AgentTokenReading.Refused)reading);
        return await door.AdmitAsync(claims.Session.Id, [], cancellationToken) switch
        {
            SessionAdmission.Allowed { Session: var session } => new WorkspaceEntry.Allowed(CallerOf(claims, session, null)),
            // It goes on when the switch is lifted: the connection stays, its tools do not run.
            SessionAdmission.Refused { Reason: SessionRefusal.Frozen, Session: { } session } frozen => new WorkspaceEntry.Allowed(CallerOf(claims, session, frozen.Words)),
            SessionAdmission.Refused refused => await RefuseAsync(refused),
            var other => throw new ArgumentException($"{other} is no admission."),
        };
    }

    /// <summary>Calls a tool, or says why not. Never throws for what a tool did.</summary>
    /// <param name="caller">Of this very request.</param>
    /// <param name="act">The tool; refuses with <see cref="ToolRefusedException"/>.</param>
    public async Task<WorkspaceOutcome> CallAsync(WorkspaceCaller caller, WorkspaceCall call, Func<CancellationToken, Task<JsonObject>> act, CancellationToken cancellationToken)
    {
        if ((Objection(caller, call) ?? await StoppedAsync(caller, call)) is { } objection)
        {
            await refusals.RecordAsync(AgentRefusals.Tools, caller.Session, objection.Code!, objection.Status, objection.Words!, call.Tool);
            return objection;
        }
        try
        {
            // No row, no action: of what may change something the record knows before it begins.
            if (call.Writes) await audit.AppendAsync(Entry(caller, call, "started"), cancellationToken);
        }
        catch (HubUnavailableException e)
        {
            return WorkspaceOutcome.Refused("unavailable", "unavailable", e.Message);
        }
        return await RecordAsync(caller, call, await ActAsync(caller, call, act, cancellationToken));
    }

    private async Task<WorkspaceOutcome> RecordAsync(WorkspaceCaller caller, WorkspaceCall call, WorkspaceOutcome outcome)
    {
        try
        {
            await audit.AppendAsync(Entry(caller, call, outcome.Status, outcome), CancellationToken.None);
            return outcome;
        }
        catch (HubUnavailableException e)
        {
            // What was read stays here without a row; what was written has the row from before.
            LogNoRow(e, call.Tool, caller.Session.Id);
            return call.Writes ? outcome : WorkspaceOutcome.Refused("unavailable", "unavailable", e.Message);
        }
    }

    private async Task<WorkspaceOutcome> ActAsync(WorkspaceCaller caller, WorkspaceCall call, Func<CancellationToken, Task<JsonObject>> act, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        SessionAdmission.Refused? gone = null;
        try
        {
            var acting = act(stop.Token);
            while (!stop.IsCancellationRequested && await Task.WhenAny(acting, Task.Delay(Watch, time, CancellationToken.None)) != acting)
            {
                gone = await GoneAsync(caller, call);
                if (gone is not null) await stop.CancelAsync();
            }
            return WorkspaceOutcome.Completed(await acting);
        }
        catch (OperationCanceledException) when (gone is not null)
        {
            return Refused(gone);
        }
        catch (ToolRefusedException e)
        {
            return WorkspaceOutcome.Refused(e.Status, e.Code, e.Message);
        }
        catch (HubUnavailableException e)
        {
            return WorkspaceOutcome.Refused("unavailable", "unavailable", e.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return WorkspaceOutcome.Refused("failed", "cancelled", "The call was cancelled.");
        }
        catch (Exception e)
        {
            var reference = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
            LogFailed(e, call.Tool, reference);
            return WorkspaceOutcome.Refused("failed", "failed", $"The tool failed (ref {reference}).");
        }
    }

    // A tool at work ends with its session, and stands still no longer than anything else does.
    private async Task<SessionAdmission.Refused?> GoneAsync(WorkspaceCaller caller, WorkspaceCall call)
    {
        try
        {
            return await door.AdmitAsync(caller.Session.Id, call.Names, CancellationToken.None) as SessionAdmission.Refused;
        }
        catch (HubUnavailableException e)
        {
            // Nobody can say that it may go on.
            return new SessionAdmission.Refused(Unavailable, null, e.Message);
        }
    }

    private WorkspaceOutcome? Objection(WorkspaceCaller caller, WorkspaceCall call)
    {
        if (caller.Frozen is { } frozen) return WorkspaceOutcome.Refused("frozen", "frozen", frozen);
        if (_calls.Take(caller.Session.Id) is { } seconds)
            return WorkspaceOutcome.Refused("rate_limited", "rate_limited", $"This session makes more than {CallsPerMinute} tool calls in a minute. Try again in {seconds} s.");
        if (!caller.Scopes.Contains(call.Scope)) return WorkspaceOutcome.Refused("denied", "scope_missing", $"'{call.Tool}' takes a token with the scope {call.Scope}; this one has {string.Join(", ", caller.Scopes)}.");
        return null;
    }

    // The switch of a tool is read where it counts, at the call: whoever came in may use the others.
    private async Task<WorkspaceOutcome?> StoppedAsync(WorkspaceCaller caller, WorkspaceCall call) => await GoneAsync(caller, call) is { } gone ? Refused(gone) : null;

    private static WorkspaceOutcome Refused(SessionAdmission.Refused gone) => WorkspaceOutcome.Refused(
        gone.Reason switch { SessionRefusal.Frozen => "frozen", Unavailable => "unavailable", _ => "denied" }, gone.Reason, gone.Words);

    private static WorkspaceCaller CallerOf(AgentClaims claims, Session session, string? frozen) => new(session, claims.Id, claims.Scopes, CapsulePaths.Of(session.Capsule), frozen);

    private async Task<WorkspaceEntry> RefuseAsync(AgentTokenReading.Refused refused)
    {
        // Without a token somebody has only found the address.
        if (refused.Reason == "missing") Meters.AgentToolsRefused(refused.Reason);
        else await refusals.RecordAsync(AgentRefusals.Tools, null, refused.Reason, "denied", refused.Words);
        return new WorkspaceEntry.Refused(refused.Words, refused.Reason);
    }

    private async Task<WorkspaceEntry> RefuseAsync(SessionAdmission.Refused refused)
    {
        await refusals.RecordAsync(AgentRefusals.Tools, refused.Session, refused.Reason, "denied", refused.Words);
        return new WorkspaceEntry.Refused("Token validation failed", refused.Reason);
    }

    private AuditEntry Entry(WorkspaceCaller caller, WorkspaceCall call, string status, WorkspaceOutcome? outcome = null)
    {
        var session = caller.Session;
        var data = new JsonObject { ["agent_session_id"] = session.Id, ["token_id"] = caller.TokenId, ["arguments"] = RecordedCall.Of(call.Arguments, redactor) };
        if (outcome?.Code is { } code) data["code"] = code;
        if (outcome?.Words is { } words) data["error"] = RecordedCall.Bounded(redactor.Redact(words));
        foreach (var name in RecordedCall.Facts)
            if (outcome?.Result?[name] is JsonValue fact) data[name] = fact.TryGetValue<string>(out var text) ? RecordedCall.Bounded(redactor.Redact(text)) : fact.DeepClone();
        return new AuditEntry(AuditEvents.McpCalled, status, new AuditActor(session.OwnerId, session.TokenId, session.AuthSessionId, SessionDoor.Agent))
        {
            Tool = call.Tool,
            WorkspaceId = session.WorkspaceId,
            ConversationId = session.ConversationId,
            Data = data,
        };
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The tool {Tool} failed (ref {Ref})")]
    private partial void LogFailed(Exception exception, string tool, string @ref);

    [LoggerMessage(Level = LogLevel.Error, Message = "What came of {Tool} in session {SessionId} has no row on the record")]
    private partial void LogNoRow(Exception exception, string tool, string sessionId);
}
