using System.Buffers;
using System.Globalization;
using System.Threading.Channels;

namespace ControlChat.Core.Telemetry;

/// <summary>
/// Takes lines from any thread without ever waiting, and writes them in the background to standard error and the files.
/// What does not fit is counted and the count is logged; a full disk costs lines, never the hub.
/// </summary>
public sealed class LogWriter : IAsyncDisposable
{
    private const int Waiting = 8_192;
    private const int Batch = 256;
    private const int MessageCharacters = 8_192;
    private const int ExceptionCharacters = 16_384;
    private const int Early = 1024 * 1024;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    private readonly Channel<Entry> _channel = Channel.CreateBounded<Entry>(new BoundedChannelOptions(Waiting) { SingleReader = true });
    private readonly ArrayBufferWriter<byte> _bytes = new(64 * 1024);
    private readonly Redactor _redactor;
    private readonly TimeProvider _time;
    private readonly LogFiles? _files;
    private readonly Stream _error;
    private readonly Task _loop;
    private readonly ArrayBufferWriter<byte> _early = new();
    private volatile bool _opened;
    private long _overflowed;
    private long _unwritten;
    private long _brokenSince;
    private string? _broken;

    /// <param name="redactor">Applied to every message and exception.</param>
    /// <param name="time">The clock of lines the writer makes itself.</param>
    /// <param name="files">Where lines are kept; null: standard error only.</param>
    /// <param name="error">Standard error.</param>
    public LogWriter(Redactor redactor, TimeProvider time, LogFiles? files, Stream error)
    {
        (_redactor, _time, _files, _error) = (redactor, time, files, error);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Called after lines have reached the files; must not throw and must not wait.</summary>
    public Action Written { get; set; } = static () => { };

    /// <summary>
    /// The files are this process's own from now on. Before that (until the data directory is there and locked) lines are kept in memory,
    /// because two processes that write one file would overwrite each other.
    /// </summary>
    public void OpenFiles()
    {
        _opened = true;
        // What came early is written now, not with the next line.
        _channel.Writer.TryWrite(new Entry(null, null));
    }

    /// <summary>Hands a line over; never waits. When too many wait already it is dropped and counted.</summary>
    public void Write(LogLine line)
    {
        if (!_channel.Writer.TryWrite(new Entry(line, null))) Interlocked.Increment(ref _overflowed);
    }

    /// <summary>Ends when every line handed over before has been written.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _channel.Writer.WriteAsync(new Entry(null, done), cancellationToken);
        }
        catch (ChannelClosedException)
        {
            await _loop.WaitAsync(cancellationToken);
            return;
        }
        await done.Task.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Writer.TryComplete();
        try
        {
            await _loop.WaitAsync(LastWords, _time);
        }
        catch (TimeoutException)
        {
            // A disk that hangs must not keep the process from ending.
        }
    }

    /// <summary>Takes no more lines; what waits is still written.</summary>
    internal void Complete() => _channel.Writer.TryComplete();

    private async Task RunAsync()
    {
        var flushes = new List<TaskCompletionSource>();
        while (await _channel.Reader.WaitToReadAsync())
        {
            var lines = 0;
            while (lines < Batch && _channel.Reader.TryRead(out var entry))
            {
                if (entry.Line is { } line)
                {
                    Encode(line);
                    lines++;
                }
                else if (entry.Flushed is { } flushed)
                {
                    flushes.Add(flushed);
                }
            }
            lines += Overflow();
            if (lines > 0 || (_opened && _early.WrittenCount > 0)) Put(lines);
            foreach (var flush in flushes) flush.TrySetResult();
            flushes.Clear();
        }
        _files?.Dispose();
    }

    private void Put(int lines)
    {
        try
        {
            _error.Write(_bytes.WrittenSpan);
            _error.Flush();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Whoever read our standard error is gone; the file stays.
        }
        Keep(lines);
        _bytes.ResetWrittenCount();
    }

    private void Keep(int lines)
    {
        if (_files is null) return;
        if (!_opened)
        {
            if (_early.WrittenCount < Early) _early.Write(_bytes.WrittenSpan);
            return;
        }
        if (_broken is not null && _time.GetElapsedTime(_brokenSince) < RetryAfter)
        {
            Lost(lines);
            return;
        }
        try
        {
            if (_broken is not null) _files.Append(Recovered());
            if (_early.WrittenCount > 0) _files.Append(_early.WrittenSpan);
            _early.ResetWrittenCount();
            _files.Append(_bytes.WrittenSpan);
            (_broken, _unwritten) = (null, 0);
            Written();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            (_broken, _brokenSince) = (e.Message, _time.GetTimestamp());
            Lost(lines);
        }
    }

    private void Lost(int lines)
    {
        _unwritten += lines;
        Meters.LogLost("disk", lines);
    }

    private ReadOnlySpan<byte> Recovered()
    {
        var bytes = new ArrayBufferWriter<byte>();
        Own(string.Create(CultureInfo.InvariantCulture, $"{_unwritten} log lines could not be written ({_broken}). They stand on standard error only."), "LinesNotWritten").WriteTo(bytes);
        return bytes.WrittenSpan;
    }

    private int Overflow()
    {
        var dropped = Interlocked.Exchange(ref _overflowed, 0);
        if (dropped == 0) return 0;
        Meters.LogLost("overflow", dropped);
        Encode(Own(string.Create(CultureInfo.InvariantCulture, $"{dropped} log lines were dropped: more came than could be written."), "LinesDropped"));
        return 1;
    }

    private void Encode(LogLine line)
    {
        try
        {
            (line with
            {
                Message = LogText.Clean(_redactor, line.Message, MessageCharacters),
                Exception = line.Exception is { } exception ? LogText.Clean(_redactor, exception, ExceptionCharacters) : null,
                Tool = Short(line.Tool),
                Agent = Short(line.Agent),
                RunId = Short(line.RunId),
                ConversationId = Short(line.ConversationId),
            }).WriteTo(_bytes);
        }
        catch (ArgumentException)
        {
            // A lone surrogate has no UTF-8 form.
            Own("A log line could not be written: it holds a broken character.", "LineBroken").WriteTo(_bytes);
        }
    }

    private string? Short(string? text) => text is null ? null : LogText.Clean(_redactor, text, 200);

    private LogLine Own(string message, string name) => new() { Timestamp = _time.GetUtcNow(), Level = "warning", Message = message, Event = name, Category = "ControlChat.Core.Telemetry.LogWriter" };

    private readonly record struct Entry(LogLine? Line, TaskCompletionSource? Flushed);
}
