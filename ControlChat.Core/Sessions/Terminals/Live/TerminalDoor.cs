using System.Text.Json.Nodes;

namespace ControlChat.Core.Sessions.Terminals.Live;

/// <summary>What goes into a terminal at work: keys and sizes of the window in control, within limits, on record.</summary>
internal sealed class TerminalDoor(LiveTerminal terminal, ITerminalProcess process, TimeProvider time, Action used) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(30);
    private readonly TerminalPace _pace = new(time);
    private readonly SemaphoreSlim _one = new(1);
    private readonly Lock _gate = new();
    private TerminalSize? _wanted;
    private long? _resized;
    private volatile bool _shut;
    private volatile bool _frozen;

    /// <summary>While a stop switch is set, nothing is typed.</summary>
    public bool IsFrozen
    {
        get => _frozen;
        set => _frozen = value;
    }

    /// <returns>False: the window is not in control.</returns>
    /// <exception cref="TerminalBusyException">Nothing was typed.</exception>
    public async ValueTask<bool> TypeAsync(TerminalViewer viewer, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        if (!IsInControl(viewer)) return false;
        if (input.IsEmpty) return true;
        if (_frozen) throw new TerminalBusyException("Agents are stopped here. Nothing can be typed until the stop switch is lifted.");
        if (_pace.Refusal(input.Span) is { } why) throw new TerminalBusyException(why);
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var holds = false;
        try
        {
            await _one.WaitAsync(either.Token);
            holds = true;
            if (!IsInControl(viewer)) return false;
            // Looked at on both sides: a program may begin to ask for a password in between.
            var shown = process.Echoes;
            await process.WriteAsync(input, either.Token);
            Record(viewer.AccountId, input, shown && process.Echoes);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TerminalBusyException();
        }
        finally
        {
            if (holds) _one.Release();
        }
        used();
        return true;
    }

    /// <summary>What the hub itself types.</summary>
    public async Task InterruptAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        byte[] interrupt = [0x03];
        try
        {
            await process.WriteAsync(interrupt, either.Token);
            Record(null, interrupt, shown: true);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // It reads nothing.
        }
    }

    /// <summary>The newest size is heard of at once, or 30 ms behind the one before.</summary>
    /// <returns>False: the window is not in control.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such size.</exception>
    public bool Resize(TerminalViewer viewer, TerminalSize size)
    {
        if (!size.IsLegal) throw new ArgumentOutOfRangeException(nameof(size), $"A terminal has 1-{TerminalSize.MostColumns} columns and 1-{TerminalSize.MostRows} rows.");
        if (!IsInControl(viewer)) return false;
        lock (_gate)
        {
            if (_wanted is not null)
            {
                _wanted = size;
                return true;
            }
            var wait = _resized is { } last ? Pause - time.GetElapsedTime(last) : TimeSpan.Zero;
            if (wait > TimeSpan.Zero)
            {
                _wanted = size;
                _ = ResizeLaterAsync(wait);
                return true;
            }
            Apply(size);
        }
        used();
        return true;
    }

    /// <summary>Its program has ended.</summary>
    public void Shut()
    {
        lock (_gate) _shut = true;
    }

    public void Dispose() => _one.Dispose();

    private bool IsInControl(TerminalViewer viewer) => !_shut && terminal.Control((c, _) => c.IsHeldBy(viewer));

    private void Record(string? account, ReadOnlyMemory<byte> input, bool shown)
    {
        var data = new JsonObject { ["account"] = account };
        if (shown) data["data"] = Convert.ToBase64String(input.Span);
        else data["hidden"] = input.Length;
        terminal.Type(data, input.Length);
    }

    private async Task ResizeLaterAsync(TimeSpan wait)
    {
        await Task.Delay(wait, time);
        lock (_gate)
        {
            if (_wanted is { } size) Apply(size);
            _wanted = null;
        }
    }

    private void Apply(TerminalSize size)
    {
        _resized = time.GetTimestamp();
        if (_shut) return;
        process.Resize(size);
        terminal.Resize(size);
    }
}
