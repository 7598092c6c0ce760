using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals.Archives;
using ControlChat.Core.Telemetry;

namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>Transcripts of sessions for those who may see them.</summary>
public sealed class SessionTranscripts
{
    private readonly HubDatabase _database;
    private readonly IPrincipals _principals;
    private readonly SessionStore _sessions;
    private readonly SessionAccess _access;
    private readonly Redactor _redactor;
    private readonly IAuditTrail _audit;
    private readonly TranscriptRecorder _recorder;
    private readonly RecordPlaces _places;

    internal SessionTranscripts(
        HubDatabase database, IPrincipals principals, SessionStore sessions, SessionAccess access, Redactor redactor, IAuditTrail audit, TranscriptRecorder recorder, RecordPlaces places) =>
        (_database, _principals, _sessions, _access, _redactor, _audit, _recorder, _places) = (database, principals, sessions, access, redactor, audit, recorder, places);

    /// <summary>Null when there is no such session, or this principal may not see it.</summary>
    public async Task<SessionTranscript?> FindAsync(Principal principal, string id, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        if (await _principals.ReloadAsync(reader, principal, cancellationToken) is not { } present) return null;
        return await _access.SeeAsync(reader, present, id, cancellationToken) is { } session ? Of(session) : null;
    }

    /// <summary>For who stands before the machine. Null when there is no such session.</summary>
    public async Task<SessionTranscript?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return await _sessions.FindAsync(reader, id, cancellationToken) is { } session ? Of(session) : null;
    }

    /// <summary>Puts on the record that somebody takes a copy of what another person's agent did. One's own needs no row.</summary>
    public async Task RecordAsync(Principal principal, SessionTranscript transcript, string format, string via, CancellationToken cancellationToken)
    {
        if (transcript.Session.OwnerId == principal.AccountId) return;
        await _audit.AppendAsync(new AuditEntry(AuditEvents.ToolApplied, "completed", new AuditActor(principal.AccountId, principal.TokenId, principal.AuthSessionId, via))
        {
            Tool = "transcript.export",
            WorkspaceId = transcript.Session.WorkspaceId,
            ConversationId = transcript.Session.ConversationId,
            Data = new JsonObject { ["session"] = transcript.Session.Id, ["format"] = format },
        }, cancellationToken);
    }

    private SessionTranscript Of(Session session) =>
        new(session, _recorder.FolderOf(session.Id), () => new TranscriptSource(_database, _sessions, _redactor, session.Id), cancellationToken => _places.OfAsync(session.Id, cancellationToken));
}
