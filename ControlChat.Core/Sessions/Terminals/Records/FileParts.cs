using ControlChat.Core.Sessions.Transcripts;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>On this machine's disk.</summary>
/// <param name="parts">Paths, in order.</param>
internal sealed class FileParts(IReadOnlyList<string> parts) : IRecordParts
{
    /// <summary>Those of one folder.</summary>
    public FileParts(string folder)
        : this(TranscriptFile.Parts(folder))
    {
    }

    public int Count => parts.Count;

    /// <summary>Of all of them.</summary>
    public long Bytes => parts.Sum(p => new FileInfo(p) is { Exists: true } file ? file.Length : 0);

    public Task<Stream> OpenAsync(int number, CancellationToken cancellationToken) =>
        Task.FromResult<Stream>(new FileStream(parts[number], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1));
}
