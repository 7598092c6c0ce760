using System.Text.Json.Nodes;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>
/// One session's transcript as it is written: what its rows say, at most 250 ms after they say it. A disk that is full or away stops
/// nothing: it is said once, and what is missing is written when the disk is back. At a takeover the earlier worker may still hold it; that is waited for.
/// </summary>
internal sealed partial class TranscriptRecording(string id, string folder, HubDatabase database, SessionStore sessions, Redactor redactor, TranscriptReady ready, TimeProvider time, ILogger<TranscriptRecording> logger) : IAsyncDisposable
{
    /// <summary>The code of the event that says so.</summary>
    public const string Incomplete = "transcript_incomplete";

    // What is told together is written together.
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);

    // A wake-up may be lost; and a disk may be back.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);
    private readonly CancellationTokenSource _stop = new();
    private readonly Signal _wake = new();
    private Task _writing = Task.CompletedTask;
    private TranscriptFile? _file;
    private TranscriptSource? _rows;
    private bool _failing;
    private long _failingSince;
    private bool _told;

    public TranscriptRecording Begin(IBus bus)
    {
        _writing = Task.WhenAll(Task.Run(() => HearAsync(bus, _stop.Token)), Task.Run(() => WriteAsync(_stop.Token)));
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _writing;
        await CatchUpAsync(CancellationToken.None);
        var whole = _file is { IsComplete: true };
        if (_file is not null && Close(_file) && whole) await TellReadyAsync();
        _stop.Dispose();
    }

    private async Task TellReadyAsync()
    {
        try
        {
            await ready.TellAsync(id, CancellationToken.None);
        }
        catch (HubUnavailableException)
        {
            // The keeper tells it.
        }
    }

    private async Task HearAsync(IBus bus, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                // Pieces of messages pass by here too, and are nobody's record.
                await foreach (var entry in bus.TailAsync(Topics.Stream(id), null, cancellationToken))
                    if (!entry.Message.Payload.StartsWith("""{"type":""", StringComparison.Ordinal)) _wake.Raise();
                return;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever was missed is read next.
                _wake.Raise();
                if (e is not BusGapException) await Task.WhenAny(Task.Delay(LookEvery, time, cancellationToken));
            }
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var seen = _wake.Version;
                await CatchUpAsync(cancellationToken);
                await WaitAsync(seen, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The last look is its disposal's.
        }
    }

    private async Task WaitAsync(long seen, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var look = Task.Delay(LookEvery, time, either.Token);
        // While the disk is away every event would only try it once more.
        await (_failing ? look : Task.WhenAny(_wake.WaitAsync(seen, either.Token), look));
        if (!look.IsCompleted) await Task.Delay(Gather, time, cancellationToken);
        await either.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WriteNewsAsync(cancellationToken);
            if (_failing) LogBack(logger, id);
            _failing = false;
        }
        catch (HubUnavailableException)
        {
            // The rows are not there to be read; they wait.
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            if (!_failing)
            {
                LogFailed(logger, e, id);
                _failingSince = time.GetTimestamp();
            }
            _failing = true;
            // Opened again, it ends with the last whole record.
            if (_file is not null) Close(_file);
            (_file, _rows) = (null, null);
            if (TranscriptFault.Of(e) is { } fault && time.GetElapsedTime(_failingSince) >= fault.Patience) await TellAsync(fault.Words);
        }
    }

    private async Task WriteNewsAsync(CancellationToken cancellationToken)
    {
        long last;
        await using (var reader = await database.ReadAsync(cancellationToken))
        {
            if (await sessions.FindAsync(reader, id, cancellationToken) is not { TranscriptRemovedAt: null } session) return;
            last = session.LastSeq;
        }
        _file ??= await TranscriptFile.OpenAsync(folder, cancellationToken);
        // It tells of more than there is: the rows are of another day, and begin again.
        if (_file.LastSeq > last)
        {
            _file.StartOver();
            _rows = null;
        }
        _rows ??= new TranscriptSource(database, sessions, redactor, id);
        await foreach (var entry in _rows.ReadAsync(_file.LastSeq, long.MaxValue, cancellationToken)) _file.Append(entry.Line, entry.Seq, entry.Type == SessionEvents.Ended);
        if (_file.IsComplete) _file.Sync();
    }

    private bool Close(TranscriptFile file)
    {
        try
        {
            file.Sync();
            return true;
        }
        catch (IOException e)
        {
            LogFailed(logger, e, id);
            return false;
        }
        finally
        {
            file.Dispose();
        }
    }

    // Once in a session, whoever works on it.
    private async Task TellAsync(string words)
    {
        if (_told) return;
        try
        {
            await using var transaction = await database.BeginAsync(CancellationToken.None);
            if (await transaction.FindAsync<long>("select count(*) from session_events where session_id = @id and type = 'system' and data like '%\"code\":\"transcript_incomplete\"%'", new { id }, CancellationToken.None) == 0)
            {
                await sessions.AppendAsync(transaction, id, null, [new SessionEvent(SessionEvents.System, new JsonObject { ["text"] = words, ["code"] = Incomplete })], CancellationToken.None);
                await transaction.CommitAsync(CancellationToken.None);
            }
            _told = true;
        }
        catch (HubUnavailableException)
        {
            // The same disk, perhaps; the next try tells.
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The transcript of session {SessionId} could not be written; its rows are kept, and it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception fault, string sessionId);

    [LoggerMessage(2, LogLevel.Information, "The transcript of session {SessionId} is written again")]
    private static partial void LogBack(ILogger logger, string sessionId);
}
