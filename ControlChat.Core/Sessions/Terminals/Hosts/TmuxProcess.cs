using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using ControlChat.Core.Processes;
using ControlChat.Core.Sessions.Containment;

namespace ControlChat.Core.Sessions.Terminals.Hosts;

/// <summary>A program in a session's tmux, by way of its control mode.</summary>
internal sealed class TmuxProcess : ITerminalProcess
{
    // A line of keys stays far below what tmux takes at once.
    private const int MostKeys = 256;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan MostToTell = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MostAtOnce = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan MostToDrain = TimeSpan.FromMinutes(1);
    private readonly TmuxServer _server;
    private readonly AgentProcesses _processes;
    private readonly LongProcess? _starter;
    private readonly TmuxPane _pane;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _typing = new(1, 1);
    private readonly ArrayBufferWriter<byte> _printed = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly BlockingCollection<TmuxLink?> _reopened = [];
    private readonly byte[] _end;

    // Keys that tmux has not read yet: it types them when it does.
    private Task _underWay = Task.CompletedTask;
    private TmuxLink _link;
    private byte[] _begin;
    private int _told;
    private volatile bool _isDisposed;

    private TmuxProcess(TmuxServer server, AgentProcesses processes, LongProcess? starter, TmuxPane pane, TmuxLink link, TimeProvider time)
    {
        (_server, _processes, _starter, _pane, _link, _time, Size) = (server, processes, starter, pane, link, time, pane.Size);
        (_begin, _end) = (link.Begin, server.End);
        Exited = FollowAsync();
    }

    /// <param name="starter">What started it in this process; null: it was there before.</param>
    /// <returns>Null: there is none.</returns>
    public static async Task<TmuxProcess?> AttachAsync(TmuxServer server, AgentProcesses processes, LongProcess? starter, TimeProvider time)
    {
        if (await server.PaneAsync() is not { } pane) return null;
        if (starter is not null && processes.User.Id is { } user) PseudoTerminal.Give(pane.Path, user);
        if (await TmuxLink.OpenAsync(server, time) is not { } link) return null;
        var process = new TmuxProcess(server, processes, starter, pane, link, time);
        server.Begin();
        return process;
    }

    public int ProcessId => _pane.Process;

    public bool WasAdopted => _starter is null;

    // Opened for the question alone: whoever has it open keeps a terminal from ending.
    public TerminalEcho Echo => PseudoTerminal.EchoAt(_pane.Path);

    public TerminalSize Size { get; private set; }

    public Task<TerminalExit> Exited { get; }

    public MemoryExcess? Excess => _starter is null ? null : _processes.Excess(_starter);

    public int Read(Span<byte> buffer)
    {
        while (_told == Tellable)
        {
            Forget();
            if (_drained.Task.IsCompleted) return 0;
            if (!ReadSome(buffer.Length)) _drained.TrySetResult();
        }
        var told = Math.Min(buffer.Length, Tellable - _told);
        _printed.WrittenSpan.Slice(_told, told).CopyTo(buffer);
        _told += told;
        return told;
    }

    public async ValueTask<int> WriteAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        var keys = TerminalAnswers.Without(input);
        var (taken, underWay, holds) = (0, 0, false);
        try
        {
            await _typing.WaitAsync(cancellationToken);
            holds = true;
            await _underWay.WaitAsync(cancellationToken);
            while (taken < keys.Length && !_isDisposed && !Exited.IsCompleted)
            {
                underWay = Math.Min(MostKeys, keys.Length - taken);
                _underWay = _link.SayAsync(ControlLines.Keys(_server.Target, keys.Slice(taken, underWay).Span), CancellationToken.None);
                await _underWay.WaitAsync(cancellationToken);
                (taken, underWay) = (taken + underWay, 0);
            }
        }
        catch (OperationCanceledException)
        {
            taken += underWay;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It has ended, which is told elsewhere, or the connection to it is made anew.
            _underWay = Task.CompletedTask;
        }
        finally
        {
            if (holds) _typing.Release();
        }
        return TerminalAnswers.Place(input, keys, taken);
    }

    public void Resize(TerminalSize size)
    {
        Size = size;
        _ = SayAsync(string.Create(CultureInfo.InvariantCulture, $"resize-window -t {_server.Target} -x {size.Columns} -y {size.Rows}\n"));
    }

    public async Task<bool> EndAsync(TimeSpan grace)
    {
        foreach (var child in ProcessTree.Children()[ProcessId]) HangUp(child);
        try
        {
            await Exited.WaitAsync(grace, _time);
        }
        catch (TimeoutException)
        {
            // It does not want to.
        }
        var ended = await ProcessGroup.StopAllAsync(ProcessId, TimeSpan.Zero, _time);
        // At once: it may be that what marks the end of its output was ended before it did.
        return await RemoveAsync(grace == TimeSpan.Zero ? MostAtOnce : MostToTell) && ended;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        if (Exited.IsCompleted) await RemoveAsync(MostToTell);
        await _link.CloseAsync();
    }

    // With a namespace the child is the one who made it: a signal would end all at once.
    private static void HangUp(int child)
    {
        if (ProcessTree.Read(child, "comm").Trim() != "bwrap") ProcessGroup.HangUp(child);
        ProcessGroup.HangUpBelow(child);
    }

    // All but what may be the beginning of the mark at the end.
    private int Tellable => _printed.WrittenCount - (_drained.Task.IsCompleted ? 0 : ControlLines.Begun(_printed.WrittenSpan[_told..], _end));

    private void Forget()
    {
        var kept = _printed.WrittenSpan[_told..].ToArray();
        _printed.ResetWrittenCount();
        _printed.Write(kept);
        _told = 0;
    }

    // False: no more will come.
    private bool ReadSome(int wanted)
    {
        do
        {
            if (!_link.Lines.Next(out var line))
            {
                if (_isDisposed || Exited.IsCompleted || !Reattach()) return false;
            }
            else if (_begin.Length > 0)
            {
                // Before the place at which the screen was looked at.
                if (ControlLines.IsMark(line, _begin) && !Draw()) return false;
            }
            else if (ControlLines.TryOutput(line, _printed) && IsEnded())
            {
                return false;
            }
        }
        while (_printed.WrittenCount == 0 || (_printed.WrittenCount < wanted && _link.Lines.HasNext));
        return true;
    }

    // False: its program has ended, and nothing follows.
    private bool Draw()
    {
        _begin = [];
        if (!WasAdopted && !_link.IsAnew) return true;
        _printed.Write(_link.Screen);
        return _server.Code is null;
    }

    private bool IsEnded()
    {
        if (_end.Length == 0 || _printed.WrittenSpan.IndexOf(_end) is not (>= 0 and var at)) return false;
        var last = _printed.WrittenSpan[..at].ToArray();
        _printed.ResetWrittenCount();
        _printed.Write(last);
        return true;
    }

    // tmux lets go of one that was not read for minutes; its screen is drawn anew then.
    private bool Reattach()
    {
        _ = ReopenAsync(_link);
        if (_reopened.Take() is not { } link) return false;
        (_link, _begin) = (link, link.Begin);
        return true;
    }

    private async Task ReopenAsync(TmuxLink lost)
    {
        TmuxLink? link = null;
        try
        {
            await lost.CloseAsync();
            link = await TmuxLink.OpenAsync(_server, _time);
            if (link is not null) link.IsAnew = true;
        }
        finally
        {
            _reopened.Add(link);
        }
    }

    private async Task SayAsync(string command)
    {
        try
        {
            await _link.SayAsync(command, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It has ended.
        }
    }

    private async Task<TerminalExit> FollowAsync()
    {
        while (_server.Code is null && Directory.Exists($"/proc/{ProcessId}")) await Task.Delay(Look, _time);
        var code = _server.Code ?? await EndedAsync();
        var complaint = code is 0 or null ? "" : await ComplaintAsync();
        _ = CloseAsync();
        return new TerminalExit(code, complaint);
    }

    // It was ended with what keeps its terminal.
    private async Task<int?> EndedAsync()
    {
        for (var since = _time.GetTimestamp(); _time.GetElapsedTime(since) < MostToTell; await Task.Delay(Look, _time))
        {
            if (await _server.PaneAsync() is not { } pane) return null;
            if (pane.IsDead) return pane.Code;
        }
        return null;
    }

    // The mark does not come where the end came by force.
    private async Task CloseAsync()
    {
        try
        {
            await _drained.Task.WaitAsync(_server.Code is null ? Look : MostToDrain, _time);
        }
        catch (TimeoutException)
        {
            await _link.CloseAsync();
        }
    }

    // bubblewrap says what it has to say on the terminal.
    private async Task<string> ComplaintAsync()
    {
        var screen = await _server.AskAsync("capture-pane", "-p", "-J", "-t", _server.Target) ?? "";
        return string.Join('\n', screen.Split('\n').Select(l => l.TrimEnd()).Where(l => l.StartsWith("bwrap: ", StringComparison.Ordinal)));
    }

    private async Task<bool> RemoveAsync(TimeSpan most)
    {
        try
        {
            // What it printed last is still in there.
            await Exited.WaitAsync(most, _time);
            await _drained.Task.WaitAsync(most, _time);
        }
        catch (TimeoutException)
        {
            // Nobody reads it.
        }
        var ended = await _server.RemoveAsync();
        return _starter is null ? ended : await _processes.KillAsync(_starter) && ended;
    }
}
