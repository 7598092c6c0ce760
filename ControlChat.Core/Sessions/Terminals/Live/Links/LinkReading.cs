using ControlChat.Core.Bus;

namespace ControlChat.Core.Sessions.Terminals.Live.Links;

/// <summary>One reading by a window of another process: so much may be under way to it as it has said it had, and a little more.</summary>
internal sealed class LinkReading : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<(long Seq, long Size)> _sent = new();
    private readonly Signal _room = new();
    private readonly Lock _gate = new();
    private long _underWay;

    public Task Working { get; set; } = Task.CompletedTask;

    public CancellationToken Stopped => _stop.Token;

    public void Stop()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself a moment ago.
        }
    }

    public void Dispose() => _stop.Dispose();

    /// <summary>Waits for room behind it.</summary>
    public async Task SentAsync(TerminalFrame frame, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _sent.Enqueue((frame.Seq, FrameRing.SizeOf(frame)));
            _underWay += FrameRing.SizeOf(frame);
        }
        while (true)
        {
            var seen = _room.Version;
            lock (_gate)
                if (_underWay < LinkTiming.Window) return;
            await _room.WaitAsync(seen, cancellationToken);
        }
    }

    public void Had(long seq)
    {
        lock (_gate)
            while (_sent.TryPeek(out var first) && first.Seq <= seq)
            {
                _underWay -= first.Size;
                _sent.Dequeue();
            }
        _room.Raise();
    }
}
