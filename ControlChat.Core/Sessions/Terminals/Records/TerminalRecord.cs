using ControlChat.Core.Bus;
using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>Writes one terminal's transcript on a task of its own.</summary>
/// <param name="last">The sequence behind which frames go on.</param>
internal sealed partial class TerminalRecord(string id, string folder, TranscriptFile file, long last, Redactor redactor, TimeProvider time, ILogger<TerminalRecord> logger) : ITerminalRecord
{
    /// <summary>What may wait for the disk.</summary>
    public const int MostBytes = 8 * 1024 * 1024;

    // Of each frame besides its data.
    private const int Overhead = 128;
    private const int Slack = 1024 * 1024;
    private const int Batch = 256 * 1024;

    // A frame waits so long for what may make a secret of its end; with the write it is below the 250 ms.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan TryEvery = TimeSpan.FromSeconds(2);

    // A disk that does not answer holds a terminal up no longer than this.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    private readonly Lock _gate = new();
    private readonly Queue<TerminalFrame> _coming = [];
    private readonly Signal _wake = new();
    private readonly Signal _room = new();
    private readonly FrameScrub _scrub = new(redactor);
    private readonly RecordSink _sink = new(folder, file);
    private readonly Queue<TerminalFrame> _clean = [];
    private Task _writing = Task.CompletedTask;
    private long _bytes;
    private long _tried;
    private bool _ends;

    public event Action? Changed;

    public long LastSeq { get; } = last;

    public DateTimeOffset? RecordedTo { get; private set; }

    public string? Fault { get; private set; }

    /// <summary>Bytes of frames that are in memory until they are on disk.</summary>
    public long Waiting
    {
        get
        {
            lock (_gate) return _bytes;
        }
    }

    public TerminalRecord Begin()
    {
        _writing = Task.Run(WriteAsync);
        return this;
    }

    public async ValueTask AppendAsync(TerminalFrame frame, CancellationToken cancellationToken)
    {
        if (TryAppend(frame, MostBytes)) return;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var late = Task.Delay(Longest, time, patience.Token);
        while (!late.IsCompleted && Fault is null)
        {
            var seen = _room.Version;
            if (TryAppend(frame, MostBytes))
            {
                await patience.CancelAsync();
                return;
            }
            await Task.WhenAny(late, _room.WaitAsync(seen, patience.Token));
            cancellationToken.ThrowIfCancellationRequested();
        }
        if (late.IsCompleted && Fault is null) Tell(RecordFault.Hangs);
        await patience.CancelAsync();
        // Else it is dropped for the disk, and the next one that is written tells the gap; the end of all always has room.
        TryAppend(frame, frame.Type == TerminalFrames.Ended ? long.MaxValue : MostBytes + Slack);
    }

    public IAsyncEnumerable<TerminalFrame> ReadAsync(long after, CancellationToken cancellationToken) => RecordReader.ReadAsync(new FileParts(folder), after, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_ends) return;
            _ends = true;
        }
        _wake.Raise();
        await _writing;
        try
        {
            if (_sink.Close() is { } left && Fault is null) RecordMark.Leave(folder, left);
        }
        catch (IOException e)
        {
            LogFailed(logger, e, id);
        }
    }

    private bool TryAppend(TerminalFrame frame, long most)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ends, this);
            if (_bytes >= most) return false;
            _coming.Enqueue(frame);
            _bytes += Size(frame);
        }
        _wake.Raise();
        return true;
    }

    private async Task WriteAsync()
    {
        while (true)
        {
            var seen = _wake.Version;
            var (more, ends) = TakeIn();
            LetOut(ends && !more);
            await PutAsync(ends && !more);
            if (more) continue;
            if (ends) return;
            await WaitAsync(seen);
        }
    }

    // Some of what has come, for a look for secrets.
    private (bool More, bool Ends) TakeIn()
    {
        lock (_gate)
        {
            for (long taken = 0; taken < Batch && _coming.TryDequeue(out var frame); taken += frame.Data.Length)
                _scrub.Push(frame, time.GetTimestamp());
            return (_coming.Count > 0, _ends);
        }
    }

    private void LetOut(bool all)
    {
        if (_scrub.IsEmpty) return;
        var before = all ? long.MaxValue : time.GetTimestamp() - (long)(Patience.TotalSeconds * time.TimestampFrequency);
        // A look costs the same for a letter as for a line: few of them.
        if (_scrub.Bytes < Batch / 4 && _scrub.Oldest > before) return;
        var held = _scrub.Bytes;
        while (_scrub.Next(before) is { } clean)
        {
            _clean.Enqueue(clean);
            lock (_gate) _bytes += clean.Data.Length - (held - _scrub.Bytes);
            held = _scrub.Bytes;
        }
    }

    private async Task PutAsync(bool last)
    {
        if (_clean.Count == 0 || (Fault is not null && !last && time.GetElapsedTime(_tried) < TryEvery))
        {
            Trim();
            return;
        }
        try
        {
            _tried = time.GetTimestamp();
            await _sink.OpenAsync();
            while (_clean.Count > 0)
            {
                var count = _sink.Write(_clean);
                Free(count);
            }
            if (Fault is not null) LogBack(logger, id);
            Tell(null);
        }
        catch (Exception e) when (RecordFault.Of(e) is { } fault)
        {
            if (Fault is null) LogFailed(logger, e, id);
            _sink.Drop();
            Trim();
            Tell(fault);
        }
    }

    // Frames that are on disk, or are not to come there.
    private void Free(int count)
    {
        long freed = 0;
        for (; count > 0; count--) freed += Size(_clean.Dequeue());
        lock (_gate) _bytes -= freed;
        _room.Raise();
    }

    // While nothing can be written the newest are kept.
    private void Trim()
    {
        long bytes;
        lock (_gate) bytes = _bytes;
        var count = 0;
        foreach (var frame in _clean)
        {
            if (bytes <= MostBytes || frame.Type == TerminalFrames.Ended) break;
            bytes -= Size(frame);
            count++;
        }
        if (count > 0) Free(count);
    }

    private void Tell(string? fault)
    {
        var changed = fault != Fault;
        Fault = fault;
        lock (_gate)
        {
            if (fault is null && _coming.Count == 0 && _scrub.IsEmpty)
            {
                RecordedTo = time.GetUtcNow();
                changed = true;
            }
        }
        if (changed) Changed?.Invoke();
        _room.Raise();
    }

    private async Task WaitAsync(long seen)
    {
        using var either = new CancellationTokenSource();
        var waits = new List<Task> { _wake.WaitAsync(seen, either.Token) };
        if (!_scrub.IsEmpty) waits.Add(Task.Delay(Later(Patience - time.GetElapsedTime(_scrub.Oldest)), time, either.Token));
        if (Fault is not null) waits.Add(Task.Delay(Later(TryEvery - time.GetElapsedTime(_tried)), time, either.Token));
        await Task.WhenAny(waits);
        await either.CancelAsync();
    }

    private static TimeSpan Later(TimeSpan rest) => rest > TimeSpan.FromMilliseconds(1) ? rest : TimeSpan.FromMilliseconds(1);

    private static long Size(TerminalFrame frame) => frame.Data.Length + Overhead;

    [LoggerMessage(1, LogLevel.Warning, "The transcript of terminal {SessionId} could not be written; it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception fault, string sessionId);

    [LoggerMessage(2, LogLevel.Information, "The transcript of terminal {SessionId} is written again")]
    private static partial void LogBack(ILogger logger, string sessionId);
}
