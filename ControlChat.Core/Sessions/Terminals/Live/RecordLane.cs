namespace ControlChat.Core.Sessions.Terminals.Live;

/// <summary>
/// The way of frames to the transcript, in their order, without a wait for whoever adds one: what the record does not take at once waits here. Whoever
/// prints waits for room; what people do is small and bounded elsewhere.
/// </summary>
internal sealed class RecordLane(ITerminalRecord record) : IDisposable
{
    // The record itself lets 8 MiB wait for its disk.
    private const long Most = 512 * 1024;

    /// <summary>What may wait when nobody waits for room any more.</summary>
    public const long MostFree = 4 * 1024 * 1024;

    private readonly Queue<TerminalFrame> _waiting = new();
    private readonly ManualResetEventSlim _room = new(true);
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _pumping = Task.CompletedTask;
    private bool _isPumping;
    private bool _free;
    private long _bytes;

    /// <summary>Faulted once the record took a frame no more: what happens from there on would not be on record.</summary>
    public Task Broken => _broken.Task;

    /// <summary>One at a time, in order.</summary>
    public void Add(TerminalFrame frame)
    {
        lock (_gate)
        {
            if (_broken.Task.IsCompleted) return;
            // The record tells the gap.
            if (_free && _bytes > MostFree && frame.Type == TerminalFrames.Out) return;
            if (_isPumping)
            {
                _waiting.Enqueue(frame);
                _bytes += FrameRing.SizeOf(frame);
                if (_bytes > Most && !_free) _room.Reset();
                return;
            }
            Task taken;
            try
            {
                taken = record.AppendAsync(frame, CancellationToken.None).AsTask();
            }
            catch (Exception e)
            {
                Break(e);
                return;
            }
            if (taken.IsCompletedSuccessfully) return;
            _isPumping = true;
            _pumping = PumpAsync(taken);
        }
    }

    /// <summary>Blocks the thread that reads the program's output, and so the program, while the disk does not keep up.</summary>
    public void WaitForRoom() => _room.Wait(CancellationToken.None);

    /// <summary>Nobody waits for room from here on: its program ends. What is printed beyond a bound is not recorded.</summary>
    public void Free()
    {
        lock (_gate)
        {
            _free = true;
            _room.Set();
        }
    }

    /// <summary>Until all that was added was taken.</summary>
    public Task DrainAsync()
    {
        lock (_gate) return _pumping;
    }

    /// <summary>When nobody waits any more.</summary>
    public void Dispose() => _room.Dispose();

    private async Task PumpAsync(Task taken)
    {
        // Never under the lock of whoever added the first one.
        await Task.Yield();
        try
        {
            while (true)
            {
                await taken;
                TerminalFrame next;
                lock (_gate)
                {
                    if (!_waiting.TryDequeue(out next!))
                    {
                        _isPumping = false;
                        return;
                    }
                    _bytes -= FrameRing.SizeOf(next);
                    if (_bytes <= Most / 2) _room.Set();
                }
                taken = record.AppendAsync(next, CancellationToken.None).AsTask();
            }
        }
        catch (Exception e)
        {
            lock (_gate) Break(e);
        }
    }

    private void Break(Exception fault)
    {
        _broken.TrySetException(fault);
        _waiting.Clear();
        (_isPumping, _free) = (false, true);
        _room.Set();
    }
}
