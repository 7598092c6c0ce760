using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Core.Settings;
using ControlChat.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>Transcripts of terminals in this process's data directory.</summary>
internal sealed class TerminalRecords(HubPaths paths, Redactor redactor, TimeProvider time, ILogger<TerminalRecord> logger) : ITerminalRecords
{
    public async Task<ITerminalRecord> OpenAsync(string sessionId, CancellationToken cancellationToken)
    {
        var folder = FolderOf(sessionId);
        try
        {
            return new TerminalRecord(sessionId, folder, await TranscriptFile.OpenAsync(folder, cancellationToken), redactor, time, logger).Begin();
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Where a session's transcript lies, when it lies here.</summary>
    public string FolderOf(string sessionId) => Path.Combine(paths.Transcripts, sessionId);

    /// <summary>What lies here of a session behind a sequence, with what was typed.</summary>
    public IAsyncEnumerable<TerminalFrame> ReadAsync(string sessionId, long after, CancellationToken cancellationToken) =>
        RecordReader.ReadAsync(new FileParts(FolderOf(sessionId)), after, cancellationToken);
}
