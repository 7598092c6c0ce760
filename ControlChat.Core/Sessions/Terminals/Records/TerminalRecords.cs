using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Core.Settings;
using ControlChat.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>Transcripts of terminals in this process's data directory.</summary>
internal sealed partial class TerminalRecords(HubPaths paths, Redactor redactor, TimeProvider time, ILogger<TerminalRecord> logger) : ITerminalRecords
{
    public async Task<ITerminalRecord> OpenAsync(string sessionId, CancellationToken cancellationToken)
    {
        var folder = FolderOf(sessionId);
        try
        {
            var begun = TranscriptFile.IsOpen(folder);
            var file = await TranscriptFile.OpenAsync(folder, cancellationToken);
            return new TerminalRecord(sessionId, folder, file, RecordMark.Begin(folder, file, begun), redactor, time, logger).Begin();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (e.HResult != RecordFault.InUse) LogClosed(logger, e, sessionId);
            throw new IOException(RecordFault.AtStart(e), e);
        }
    }

    /// <summary>Where a session's transcript lies, when it lies here.</summary>
    public string FolderOf(string sessionId) => Path.Combine(paths.Transcripts, sessionId);

    /// <summary>What lies here of a session behind a sequence, with what was typed.</summary>
    public IAsyncEnumerable<TerminalFrame> ReadAsync(string sessionId, long after, CancellationToken cancellationToken) =>
        RecordReader.ReadAsync(new FileParts(FolderOf(sessionId)), after, cancellationToken);

    [LoggerMessage(1, LogLevel.Warning, "The transcript of terminal {SessionId} could not be opened")]
    private static partial void LogClosed(ILogger logger, Exception fault, string sessionId);
}
