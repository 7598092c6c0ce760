using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>Writes transcripts of sessions at work in this process to disk.</summary>
internal sealed class TranscriptRecorder(HubDatabase database, IBus bus, SessionStore sessions, Redactor redactor, HubPaths paths, TranscriptReady ready, TimeProvider time, ILogger<TranscriptRecording> logger)
{
    /// <summary>Where a session's transcript lies, when it lies here.</summary>
    public string FolderOf(string id) => Path.Combine(paths.Transcripts, id);

    /// <summary>Writes along until it is disposed, which writes what is left. Nothing of the session waits for it.</summary>
    public TranscriptRecording Begin(string id) => Of(id).Begin(bus);

    /// <summary>Writes what an earlier process left out of a session that has ended.</summary>
    public async Task FinishAsync(string id) => await Of(id).DisposeAsync();

    private TranscriptRecording Of(string id) => new(id, FolderOf(id), database, sessions, redactor, ready, time, logger);
}
