using ControlChat.Core.Sessions.Transcripts;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>On this machine's disk.</summary>
internal sealed class FileParts(string folder) : IRecordParts
{
    private readonly IReadOnlyList<string> _parts = TranscriptFile.Parts(folder);

    public int Count => _parts.Count;

    public Task<Stream> OpenAsync(int number, CancellationToken cancellationToken) =>
        Task.FromResult<Stream>(new FileStream(_parts[number], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1));
}
