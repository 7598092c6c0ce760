namespace ControlChat.Core.Sessions.Terminals.Live;

/// <summary>
/// What goes into a terminal at work: keys and sizes of the window in control, within limits, on record. What is too fast waits; it is typed in its order or, when it
/// cannot be, nothing behind what was typed of it is.
/// </summary>
internal sealed class TerminalDoor(LiveTerminal terminal, ITerminalProcess process, TimeProvider time, Action used) : IDisposable
{
    /// <summary>A program that has read nothing for so long takes no more of what is typed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    // How long the program is waited for before it is looked whether anything else has changed.
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(250);
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

    /// <summary>Waits for its turn and for room, and types it to its end.</summary>
    /// <returns>False: the window is not in control, or not any more; what was not typed by then is not typed.</returns>
    /// <exception cref="TerminalBusyException">The rest was not typed. What was is on record.</exception>
    public ValueTask<bool> TypeAsync(TerminalViewer viewer, ReadOnlyMemory<byte> input, CancellationToken cancellationToken) => TypeAsync(viewer, viewer.AccountId, input, cancellationToken);

    /// <summary>The same for an account without a window: while one of its own is in control, or nobody is.</summary>
    public ValueTask<bool> SayAsync(string account, ReadOnlyMemory<byte> input, CancellationToken cancellationToken) => TypeAsync(null, account, input, cancellationToken);

    /// <summary>Ctrl-C, past what waits.</summary>
    /// <param name="account">Who, when it is for <see cref="SayAsync"/>; null: the hub itself, which may at any time.</param>
    /// <returns>False: somebody else is in control, or the program takes nothing.</returns>
    public async Task<bool> InterruptAsync(string? account, CancellationToken cancellationToken)
    {
        if (account is not null && !IsInControl(null, account)) return false;
        if (await PutAsync(account, (byte[])[0x03], cancellationToken) == 0) return false;
        used();
        return true;
    }

    /// <summary>The newest size is heard of at once, or 30 ms behind the one before.</summary>
    /// <returns>False: the window is not in control.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such size.</exception>
    public bool Resize(TerminalViewer viewer, TerminalSize size)
    {
        if (!size.IsLegal) throw new ArgumentOutOfRangeException(nameof(size), $"A terminal has 1-{TerminalSize.MostColumns} columns and 1-{TerminalSize.MostRows} rows.");
        if (!IsInControl(viewer, viewer.AccountId)) return false;
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

    private bool IsInControl(TerminalViewer? viewer, string account) =>
        !_shut && terminal.Control((c, _) => viewer is not null ? c.IsHeldBy(viewer) : c.Holder is null || c.Holder.AccountId == account);

    private async ValueTask<bool> TypeAsync(TerminalViewer? viewer, string account, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        if (!IsInControl(viewer, account)) return false;
        if (input.Length > TerminalPace.MostPiece) throw new TerminalBusyException($"That is more than {TerminalPace.MostPiece / 1024} KiB at once. Type it in pieces.");
        await _one.WaitAsync(cancellationToken);
        try
        {
            for (var since = time.GetTimestamp(); input.Length > 0;)
            {
                // Whoever waits may have lost it meanwhile.
                if (!IsInControl(viewer, account)) return false;
                if (_frozen) throw new TerminalBusyException(TerminalBusyException.Frozen);
                var room = _pace.Room(input.Span, out var wait);
                var taken = room == 0 ? 0 : await PutAsync(account, input[..room], cancellationToken);
                _pace.Take(input.Span[..taken]);
                input = input[taken..];
                cancellationToken.ThrowIfCancellationRequested();
                if (taken > 0) used();
                if (taken > 0 || room == 0) since = time.GetTimestamp();
                else if (process.Exited.IsCompleted) return true;
                else if (time.GetElapsedTime(since) >= Patience) throw new TerminalBusyException();
                if (taken == 0) await Task.Delay(room > 0 ? Pause : wait < Turn ? wait : Turn, time, cancellationToken);
            }
        }
        finally
        {
            _one.Release();
        }
        return true;
    }

    // As much as the program takes within a turn.
    private async ValueTask<int> PutAsync(string? account, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        using var turn = new CancellationTokenSource(Turn, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(turn.Token, cancellationToken);
        var typing = terminal.Echo.Expect(account, input);
        var (before, taken) = (process.Echo, 0);
        try
        {
            return taken = await process.WriteAsync(input, either.Token);
        }
        finally
        {
            terminal.Echo.Typed(typing, taken, before, process.Echo);
        }
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
