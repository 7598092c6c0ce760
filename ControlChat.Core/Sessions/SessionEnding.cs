using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Usage;

namespace ControlChat.Core.Sessions;

/// <summary>The one way a session ends, whoever ends it: its row, its last event, what it waited for, and the record, in one transaction.</summary>
public sealed class SessionEnding(SessionStore sessions, IAgentApprovals approvals, IAuditTrail audit)
{
    /// <summary>Wake-ups of everybody who works on sessions or shows a list of them. What stands after <c>stream:</c>.</summary>
    public const string Changes = "sessions";

    /// <param name="fence">Of the worker that ends it; null for a person.</param>
    /// <param name="reason">One of <see cref="SessionEnd"/>.</param>
    /// <param name="error">For its owner, or null.</param>
    /// <param name="by">Who ends it, on the record.</param>
    /// <returns>False when it had ended before; nothing was written.</returns>
    public Task<bool> EndAsync(IHubTransaction transaction, Session session, long? fence, string reason, string? error, AuditActor by, CancellationToken cancellationToken) =>
        EndAsync(transaction, session, fence, reason, error, null, by, cancellationToken);

    /// <param name="exitCode">How a terminal's program ended; null: it was ended, or nobody knows.</param>
    internal async Task<bool> EndAsync(IHubTransaction transaction, Session session, long? fence, string reason, string? error, int? exitCode, AuditActor by, CancellationToken cancellationToken)
    {
        if (reason == SessionEnd.Failed && error is not null)
            await sessions.AppendAsync(transaction, session.Id, fence, [new SessionEvent(SessionEvents.Error, new JsonObject { ["text"] = error, ["code"] = "session_failed", ["will_retry"] = false })], cancellationToken);
        if (!await sessions.EndAsync(transaction, session.Id, fence, reason, error, cancellationToken)) return false;
        await CountAsync(transaction, session, reason, cancellationToken);
        await approvals.CancelForSessionAsync(transaction, session.Id, $"The session has ended ({reason}).", by, cancellationToken);
        var data = new JsonObject { ["session"] = session.Id, ["owner"] = session.OwnerId, ["mode"] = session.Mode, ["error"] = error };
        if (exitCode is { } code) data["exit_code"] = code;
        await audit.AppendAsync(transaction, new AuditEntry("session.ended", reason, by) { WorkspaceId = session.WorkspaceId, ConversationId = session.ConversationId, Data = data }, cancellationToken);
        transaction.Hint(Topics.Stream(Changes), session.Id);
        return true;
    }

    private static async Task CountAsync(IHubTransaction transaction, Session session, string reason, CancellationToken cancellationToken)
    {
        // Whoever ends it may have read it before it began.
        var started = await transaction.FindAsync<string>("select started_at from sessions where id = @Id", new { session.Id }, cancellationToken);
        var length = started is null ? TimeSpan.Zero : transaction.Now - Timestamps.Parse(started);
        var sum = new UsageSum(1, reason is SessionEnd.Failed or SessionEnd.WorkerLost ? 1 : 0, Milliseconds: Math.Max(0, (long)length.TotalMilliseconds));
        await UsageStore.AddAsync(transaction, session.OwnerId, session.TokenId, UsageKinds.Session, session.Mode, sum, null, cancellationToken);
    }
}
