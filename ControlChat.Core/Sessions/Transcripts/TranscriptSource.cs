using System.Runtime.CompilerServices;
using ControlChat.Core.Hub;
using ControlChat.Core.Telemetry;

namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>The records of one session from its rows, once each and in order, a few at a time: the rows are what a transcript is true to.</summary>
internal sealed class TranscriptSource(HubDatabase database, SessionStore sessions, Redactor redactor, string id)
{
    // One record may have many texts, each of them bounded.
    private const int Page = 20;
    private readonly TranscriptScrub _scrub = new(redactor);
    private long _read;

    /// <summary>Those behind <paramref name="after"/> that are there by now. It goes on where it was left.</summary>
    /// <param name="after">What stands before is on disk.</param>
    /// <param name="until">The last one of interest.</param>
    /// <exception cref="HubUnavailableException">The database does not answer.</exception>
    public async IAsyncEnumerable<TranscriptEntry> ReadAsync(long after, long until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (_read < until)
        {
            IReadOnlyList<StoredSessionEvent> page;
            await using (var reader = await database.ReadAsync(cancellationToken)) page = await sessions.ReadAsync(reader, id, _read, Page, cancellationToken);
            foreach (var stored in page)
            {
                if (stored.Seq > until) yield break;
                _read = stored.Seq;
                if (stored.Seq <= after) _scrub.Pass(stored);
                else yield return new TranscriptEntry(stored.Seq, stored.Type, TranscriptLine.Write(stored.Seq, stored.At, stored.Type, _scrub.Clean(stored)));
            }
            if (page.Count < Page) yield break;
        }
    }
}

/// <param name="Line">With its line feed.</param>
internal sealed record TranscriptEntry(long Seq, string Type, byte[] Line);
