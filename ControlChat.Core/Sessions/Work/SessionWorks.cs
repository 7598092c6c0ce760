using ControlChat.Core.Sessions.Transcripts;

namespace ControlChat.Core.Sessions.Work;

/// <summary>How a session is worked on, by its mode.</summary>
internal sealed class SessionWorks(SessionTools tools, TerminalTools terminals, TranscriptRecorder transcripts)
{
    /// <param name="uncontained">Why it runs without a namespace; null: it has one.</param>
    public ISessionWork Of(Session session, SessionHandle handle, string? uncontained) =>
        session.Mode == SessionMode.Terminal ? new TerminalWork(tools, terminals, session, handle, uncontained) : new SessionWork(tools, session, handle, uncontained);

    /// <summary>Writes a chat's transcript along from its rows, until it is disposed; null: a terminal writes its own.</summary>
    public IAsyncDisposable? Record(Session session) => session.Mode == SessionMode.Terminal ? null : transcripts.Begin(session.Id);
}
