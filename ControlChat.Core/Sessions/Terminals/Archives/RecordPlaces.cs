using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals.Records;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions.Terminals.Archives;

/// <summary>Where the transcript of a terminal is read: from its files where they are here and whole, else from the archive, and the same bytes either way.</summary>
internal sealed class RecordPlaces(HubPaths paths, TerminalArchive archive) : IEndedTerminals
{
    /// <returns>What is here, be it nothing, when the archive has no copy.</returns>
    /// <exception cref="TranscriptDamagedException">The copy is needed and damaged.</exception>
    /// <exception cref="HubUnavailableException">Nothing is here, and the archive cannot be asked.</exception>
    public async Task<IRecordParts> OfAsync(string sessionId, CancellationToken cancellationToken)
    {
        var here = new FileParts(Path.Combine(paths.Transcripts, sessionId));
        try
        {
            // Of one that lost a part, or never had its end, there is less than was copied.
            return await archive.FindAsync(sessionId, cancellationToken) is { } whole && here.Bytes != whole.Bytes ? await ArchiveParts.OpenAsync(archive, whole, cancellationToken) : here;
        }
        catch (HubUnavailableException) when (here.Count > 0)
        {
            return here;
        }
    }

    public async IAsyncEnumerable<TerminalFrame> ReadAsync(string sessionId, long after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var frame in RecordReader.ReadAsync(await OfAsync(sessionId, cancellationToken), after, cancellationToken))
            yield return frame.Shown;
    }

    public async Task<long> LastSeqAsync(string sessionId, CancellationToken cancellationToken) => await RecordReader.LastSeqAsync(await OfAsync(sessionId, cancellationToken), cancellationToken);
}
