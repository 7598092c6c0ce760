using ControlChat.Core.Sessions.Terminals.Records;

namespace ControlChat.Core.Sessions.Terminals.Archives;

/// <summary>A transcript in the archive, part by part as its files were: one piece at a time is in memory, each checked as it is read.</summary>
internal sealed class ArchiveParts : IRecordParts
{
    private readonly TerminalArchive _archive;
    private readonly string _id;
    private readonly IReadOnlyList<IReadOnlyList<ArchivePiece>> _parts;

    private ArchiveParts(TerminalArchive archive, string id, IReadOnlyList<ArchivePiece> pieces) =>
        (_archive, _id, _parts) = (archive, id, [.. pieces.GroupBy(p => p.Part).Select(g => g.ToList())]);

    public int Count => _parts.Count;

    /// <exception cref="TranscriptDamagedException">The list of its pieces is not as it was stored.</exception>
    public static async Task<ArchiveParts> OpenAsync(TerminalArchive archive, WholeArchive whole, CancellationToken cancellationToken)
    {
        var pieces = await archive.PiecesAsync(whole.SessionId, cancellationToken);
        return pieces.Count == whole.Pieces && pieces.Sum(p => p.Bytes) == whole.Bytes && ArchivePiece.HashOf(pieces) == whole.Hash
            ? new ArchiveParts(archive, whole.SessionId, pieces)
            : throw new TranscriptDamagedException(whole.SessionId, "its pieces are not those that were stored");
    }

    public Task<Stream> OpenAsync(int number, CancellationToken cancellationToken) => Task.FromResult<Stream>(new ArchiveStream(_archive, _id, _parts[number]));

    /// <summary>Looks at every piece.</summary>
    /// <exception cref="TranscriptDamagedException">One of them is not as it was stored.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        foreach (var piece in _parts.SelectMany(p => p)) await _archive.ReadAsync(_id, piece, cancellationToken);
    }
}
