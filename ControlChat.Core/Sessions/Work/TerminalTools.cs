using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Live;
using ControlChat.Core.Sessions.Transcripts;

namespace ControlChat.Core.Sessions.Work;

/// <summary>What working on terminals takes besides.</summary>
/// <param name="filter">Makes one for each terminal.</param>
internal sealed class TerminalTools(
    ITerminalHost host, ITerminalPrograms programs, ITerminalRecords records, LiveTerminals live, SessionAccess access, IPrincipals principals, IAuditTrail audit, TranscriptReady ready, Func<OutputFilter> filter)
{
    public ITerminalHost Host => host;

    /// <summary>Whether its terminals outlive the worker that gives them up.</summary>
    public bool IsLasting => host.Name == "tmux";

    public ITerminalPrograms Programs => programs;

    public ITerminalRecords Records => records;

    public LiveTerminals Live => live;

    /// <summary>Tells of a transcript that is closed. While the database is away, the keeper of transcripts tells later.</summary>
    public async Task TellClosedAsync(string sessionId)
    {
        try
        {
            await ready.TellAsync(sessionId, CancellationToken.None);
        }
        catch (HubUnavailableException)
        {
            // As said.
        }
    }

    public OutputFilter NewFilter() => filter();

    public ControlDesk DeskOf(SessionTools tools, LiveTerminal terminal, Session session) =>
        new(terminal, session, session.Fence, tools.Database, access, principals, audit);

    /// <summary>How a terminal is left that does not end by itself.</summary>
    /// <param name="atOnce">It takes too much.</param>
    /// <param name="lapsed">Another worker may have taken it up.</param>
    public async Task<Leaving> HowAsync(SessionTools tools, Session session, bool atOnce, bool lapsed)
    {
        if (atOnce) return Leaving.AtOnce;
        Session? now;
        try
        {
            await using var reader = await tools.Database.ReadAsync(CancellationToken.None);
            now = await tools.Sessions.FindAsync(reader, session.Id, CancellationToken.None);
        }
        catch (HubUnavailableException)
        {
            // Nobody knows who holds it by now.
            return IsLasting ? Leaving.GivenUp : Leaving.AtOnce;
        }
        if (now is null || now is { HasEnded: true, EndReason: SessionEnd.Panic }) return Leaving.AtOnce;
        if (now.HasEnded) return Leaving.Asked;
        // It goes on elsewhere, or here again. What does not outlive its worker must not be in another one's way.
        if (IsLasting) return Leaving.GivenUp;
        return lapsed || now.Fence != session.Fence ? Leaving.AtOnce : Leaving.Asked;
    }
}

internal enum Leaving
{
    /// <summary>Its program ended.</summary>
    ByItself,

    /// <summary>With time to end well.</summary>
    Asked,
    AtOnce,

    /// <summary>It goes on without this process.</summary>
    GivenUp,
}
