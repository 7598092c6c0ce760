using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Core.Telemetry;

namespace ControlChat.Core.Sessions.Terminals.Live;

/// <summary>
/// A terminal at work in this process: its frames in one order, to those who look at it and to its transcript. Readers take from the buffer at their own
/// pace; nobody's pace is the program's but the transcript's.
/// </summary>
internal sealed class LiveTerminal : IDisposable
{
    /// <summary>Bytes of frames that are held for readers.</summary>
    public const long MostHeld = 6L * 1024 * 1024;

    // Bytes that a reader takes at once. Each has them for as long as its client takes.
    private const int MostTaken = 128 * 1024;

    // What is written by one key is read in the thread that has it; a flood is read elsewhere.
    private const int Small = 2048;
    private readonly Lock _gate = new();
    private readonly FrameRing _ring;
    private readonly RecordLane _lane;
    private readonly ITerminalRecord _record;
    private readonly TimeProvider _time;
    private readonly Signal _news = new();
    private readonly TerminalControl _control;
    private volatile FrameWaiter[] _waiters = [];
    private List<TerminalViewer> _windows = [];
    private volatile bool _closed;
    private bool _ended;
    private TerminalSize _size = TerminalSize.Default;
    private readonly long _began;
    private long _out;
    private long _in;
    private long _memory;
    private long _frames;

    /// <param name="before">The account that was in control of it in an earlier process; null: nobody was.</param>
    public LiveTerminal(string id, ITerminalRecord record, TimeProvider time, string? before = null)
    {
        (Id, _record, _time, _began) = (id, record, time, record.LastSeq);
        _control = new TerminalControl { Before = before };
        _ring = new FrameRing(record.LastSeq, MostHeld);
        _lane = new RecordLane(record);
        Echo = new EchoWatch(Type, time);
        record.Changed += _news.Raise;
    }

    public string Id { get; }

    /// <summary>Of this worker's claim.</summary>
    public long Fence { get; init; }

    /// <summary>The way to the record for what is typed.</summary>
    public EchoWatch Echo { get; }

    /// <summary>Rises with every change but that of its counts.</summary>
    public Signal News => _news;

    /// <summary>Faulted once nothing is recorded any more.</summary>
    public Task Broken => _lane.Broken;

    public bool IsClosed => _closed;

    public int Viewers
    {
        get
        {
            lock (_gate) return _windows.Count;
        }
    }

    /// <summary>Printed by the program, unfiltered, and typed, and what the record keeps beside each frame of it.</summary>
    public long Bytes => Interlocked.Read(ref _out) + Interlocked.Read(ref _in) + (Interlocked.Read(ref _frames) * FrameRing.Overhead);

    /// <summary>What the program printed; blocks while the transcript does not keep up.</summary>
    /// <param name="raw">Bytes it printed for this.</param>
    public void Print(ReadOnlyMemory<byte> data, int raw)
    {
        Interlocked.Add(ref _out, raw);
        Meters.TerminalPrinted(raw);
        if (data.Length > 0)
        {
            Add(TerminalFrames.Out, data, here: data.Length <= Small);
            // Behind those who wait for it.
            Echo.Saw(data.Span);
        }
        _lane.WaitForRoom();
    }

    /// <summary>What its program and all it started take of memory, in bytes.</summary>
    public void Measure(long memory) => Interlocked.Exchange(ref _memory, memory);

    /// <summary>What was printed before this process had it.</summary>
    public void Begin(long printed) => Interlocked.Add(ref _out, printed);

    /// <summary>What was typed, as it goes on record; by <see cref="Echo"/>.</summary>
    public void Type(JsonObject data, int bytes)
    {
        Interlocked.Add(ref _in, bytes);
        Meters.TerminalTyped(bytes);
        Add(TerminalFrames.In, Json.Utf8(data), here: false);
    }

    public void Resize(TerminalSize size)
    {
        lock (_gate) _size = size;
        Add(TerminalFrames.Resize, Json.Utf8(new JsonObject { ["cols"] = size.Columns, ["rows"] = size.Rows }), here: false);
        _news.Raise();
    }

    public void Say(string text, string code) => Add(TerminalFrames.System, Json.Utf8(new JsonObject { ["text"] = text, ["code"] = code }), here: false);

    /// <summary>The last frame. Nothing comes behind it.</summary>
    public void End(string reason, int? exitCode)
    {
        Echo.Finish();
        Add(TerminalFrames.Ended, Json.Utf8(new JsonObject { ["reason"] = reason, ["exit_code"] = exitCode }), here: false);
        _news.Raise();
    }

    /// <summary>Nobody's output has to wait for the transcript from here on: its program has ended.</summary>
    public void Free() => _lane.Free();

    /// <summary>Until all of it is the record's.</summary>
    public Task DrainAsync() => _lane.DrainAsync();

    /// <summary>This process has it no more: readers end behind what is in the buffer.</summary>
    public void Close()
    {
        Echo.Finish();
        _closed = true;
        foreach (var waiter in _waiters) waiter.Wake(here: false);
        _news.Raise();
    }

    public TerminalNow NowFor(TerminalViewer viewer)
    {
        lock (_gate)
            return new TerminalNow(
                _size, _ring.LastSeq, _ring.OldestSeq, _record.RecordedTo, _record.Fault, _control.Holder is { } holder ? TerminalControl.PersonOf(holder) : null, _control.IsHeldBy(viewer), _control.Wish,
                [.. _windows.Select(TerminalControl.PersonOf)], Interlocked.Read(ref _out), Interlocked.Read(ref _in))
            {
                Run = new TerminalRun(Fence, _began),
                MemoryBytes = Interlocked.Read(ref _memory) is > 0 and var memory ? memory : null,
            };
    }

    /// <summary>Looks at who is in control or changes it.</summary>
    public T Control<T>(Func<TerminalControl, DateTimeOffset, T> step)
    {
        lock (_gate) return step(_control, _time.GetUtcNow());
    }

    /// <summary>The change is on record: from here on it is so.</summary>
    public void Apply(ControlChange change)
    {
        lock (_gate) _control.Apply(change, change.To is not null && IsHere(change.To), _time.GetUtcNow());
        Add(TerminalFrames.Control, Json.Utf8(new JsonObject { ["account"] = change.To?.AccountId, ["name"] = change.To?.Name, ["by"] = change.By.AccountId }), here: false);
        _news.Raise();
    }

    public void Join(TerminalViewer viewer)
    {
        lock (_gate) _windows = [.. _windows, viewer];
        Meters.TerminalViewed(1);
        _news.Raise();
    }

    public void Leave(TerminalViewer viewer)
    {
        lock (_gate)
        {
            var rest = _windows.ToList();
            if (!rest.Remove(viewer)) return;
            _windows = rest;
            if (!IsHere(viewer)) _control.OnLeave(viewer, _time.GetUtcNow());
        }
        Meters.TerminalViewed(-1);
        _news.Raise();
    }

    /// <summary>As <see cref="ITerminalView.ReadAsync"/>.</summary>
    public async IAsyncEnumerable<TerminalFrame> ReadAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (cursor, live, waiter, batch) = (after, false, new FrameWaiter(), new List<TerminalFrame>());
        AddWaiter(waiter);
        try
        {
            await using var registration = cancellationToken.Register(() => waiter.Wake(here: false));
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var closed = _closed;
                batch.Clear();
                if (!TryTake(cursor, batch, live))
                {
                    await foreach (var older in OlderAsync(cursor, cancellationToken))
                    {
                        cursor = EndOf(older);
                        yield return older.Shown;
                        if (older.Type == TerminalFrames.Ended) yield break;
                    }
                    continue;
                }
                live = true;
                foreach (var frame in batch)
                {
                    cursor = frame.Seq;
                    yield return frame.Shown;
                    if (frame.Type == TerminalFrames.Ended) yield break;
                }
                if (batch.Count > 0) continue;
                if (closed) yield break;
                await waiter.WaitAsync();
            }
        }
        finally
        {
            RemoveWaiter(waiter);
        }
    }

    public void Dispose()
    {
        _record.Changed -= _news.Raise;
        Echo.Dispose();
        _lane.Dispose();
    }

    private static long EndOf(TerminalFrame frame) => frame.Type == TerminalFrames.Gap ? JsonNode.Parse(frame.Data.Span)!["to"]!.GetValue<long>() : frame.Seq;

    /// <returns>False: the next frame is held no more.</returns>
    /// <exception cref="TerminalSlowException">It was live.</exception>
    private bool TryTake(long after, List<TerminalFrame> into, bool live)
    {
        lock (_gate)
        {
            if (_ring.TryTake(after, into, MostTaken)) return true;
            return live ? throw new TerminalSlowException(after + 1, _ring.LastSeq) : false;
        }
    }

    // From the transcript; what is not in it yet is waited for, unless it cannot be written.
    private async IAsyncEnumerable<TerminalFrame> OlderAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = _news.Version;
        var any = false;
        await foreach (var frame in _record.ReadAsync(after, cancellationToken))
        {
            any = true;
            yield return frame;
        }
        if (any) yield break;
        long oldest;
        lock (_gate) oldest = _ring.OldestSeq;
        if (_record.Fault is not null || _closed)
        {
            if (oldest > after + 1)
                yield return new TerminalFrame(after + 1, _time.GetUtcNow(), TerminalFrames.Gap, Json.Utf8(new JsonObject { ["from"] = after + 1, ["to"] = oldest - 1 }));
            yield break;
        }
        await Task.WhenAny(_news.WaitAsync(seen, cancellationToken), Task.Delay(TimeSpan.FromMilliseconds(250), _time, cancellationToken));
    }

    private void Add(string type, ReadOnlyMemory<byte> data, bool here)
    {
        lock (_gate)
        {
            if (_ended) return;
            _ended = type == TerminalFrames.Ended;
            var frame = new TerminalFrame(_ring.LastSeq + 1, _time.GetUtcNow(), type, data);
            _ring.Add(frame);
            _lane.Add(frame);
        }
        Interlocked.Increment(ref _frames);
        foreach (var waiter in _waiters) waiter.Wake(here);
    }

    private bool IsHere(TerminalViewer viewer) => _windows.Any(w => TerminalControl.IsSame(w, viewer));

    private void AddWaiter(FrameWaiter waiter)
    {
        lock (_gate) _waiters = [.. _waiters, waiter];
    }

    private void RemoveWaiter(FrameWaiter waiter)
    {
        lock (_gate) _waiters = [.. _waiters.Where(w => w != waiter)];
    }
}
