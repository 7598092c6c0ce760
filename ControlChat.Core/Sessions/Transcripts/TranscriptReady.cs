using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Webhooks;

namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>Tells, once for each session, that it has ended and its transcript is whole on disk: whoever wrote the last record calls it after syncing.</summary>
internal sealed class TranscriptReady(HubDatabase database, SessionStore sessions, WebhookOutbox webhooks)
{
    /// <summary>With the id of a session whose transcript is closed, each time somebody says so.</summary>
    public event Action<string>? Closed;

    /// <summary>Does nothing for a session that is still open, was told of before, or whose transcript is removed.</summary>
    /// <exception cref="HubUnavailableException">It is not told; call again.</exception>
    public async Task TellAsync(string sessionId, CancellationToken cancellationToken)
    {
        Closed?.Invoke(sessionId);
        if (!await IsDueAsync(sessionId, cancellationToken)) return;
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (await transaction.ExecuteAsync(
            "update sessions set transcript_ready_at = hub_now() where id = @sessionId and state = 'ended' and transcript_ready_at is null and transcript_removed_at is null", new { sessionId }, cancellationToken) == 0) return;
        var session = (await sessions.FindAsync(transaction, sessionId, cancellationToken))!;
        await webhooks.AddAsync(transaction, WebhookEvents.TranscriptReady, "trs_" + sessionId, new JsonObject
        {
            ["session_id"] = session.Id,
            ["workspace_id"] = session.WorkspaceId,
            ["owner"] = session.OwnerId,
            ["mode"] = session.Mode,
            ["reason"] = session.EndReason,
        }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    // Most are asked about again and again, and writers wait for each other.
    private async Task<bool> IsDueAsync(string sessionId, CancellationToken cancellationToken) => await database.FindAsync<long>(
        "select count(*) from sessions where id = @sessionId and state = 'ended' and transcript_ready_at is null and transcript_removed_at is null", new { sessionId }, cancellationToken) > 0;
}
