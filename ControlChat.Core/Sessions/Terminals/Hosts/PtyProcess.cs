using ControlChat.Core.Processes;
using ControlChat.Core.Sessions.Containment;

namespace ControlChat.Core.Sessions.Terminals.Hosts;

/// <summary>A program at a pseudo-terminal of this process.</summary>
internal sealed class PtyProcess : ITerminalProcess
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private readonly AgentProcesses _processes;
    private readonly LongProcess _process;
    private readonly PseudoTerminal _terminal;
    private readonly TimeProvider _time;
    private readonly bool _contained;
    private readonly SemaphoreSlim _typing = new(1, 1);
    private volatile bool _isDisposed;

    public PtyProcess(AgentProcesses processes, LongProcess process, PseudoTerminal terminal, TerminalSize size, bool contained, TimeProvider time)
    {
        (_processes, _process, _terminal, Size, _contained, _time) = (processes, process, terminal, size, contained, time);
        Exited = FollowAsync();
    }

    public int ProcessId => _process.Id;

    public bool WasAdopted => false;

    public TerminalEcho Echo => _terminal.Echo;

    public TerminalSize Size { get; private set; }

    public Task<TerminalExit> Exited { get; }

    public MemoryExcess? Excess => _processes.Excess(_process);

    public int Read(Span<byte> buffer) => _terminal.Read(buffer);

    public async ValueTask<int> WriteAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        var (taken, holds) = (0, false);
        try
        {
            await _typing.WaitAsync(cancellationToken);
            holds = true;
            for (var pause = Soon; taken < input.Length && !_isDisposed && !Exited.IsCompleted;)
            {
                var more = _terminal.Write(input.Span[taken..]);
                taken += more;
                // The kernel's few KiB for it are full: the program reads them in a moment, or not at all.
                if (more == 0) await Task.Delay(pause, _time, cancellationToken);
                pause = more > 0 ? Soon : pause < Look ? pause * 2 : Look;
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // It has ended, which is told elsewhere, or does not read.
        }
        finally
        {
            if (holds) _typing.Release();
        }
        return taken;
    }

    public void Resize(TerminalSize size)
    {
        try
        {
            _terminal.Resize(size);
            Size = size;
        }
        catch (ObjectDisposedException)
        {
            // It has ended.
        }
    }

    public async Task<bool> EndAsync(TimeSpan grace)
    {
        HangUp();
        try
        {
            await _process.Exited.WaitAsync(grace, _time);
        }
        catch (TimeoutException)
        {
            // It does not want to.
        }
        return await KillAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        await KillAsync();
        _terminal.Dispose();
    }

    private async Task<TerminalExit> FollowAsync()
    {
        var code = await _process.Exited;
        // What it left behind without a namespace would hold the terminal open.
        await KillAsync();
        _terminal.Wake();
        return new TerminalExit(code, _process.Complaint);
    }

    // With a namespace the head is the one who made it: a signal would end all at once.
    private void HangUp()
    {
        if (!_contained) ProcessGroup.HangUp(_process.Id);
        ProcessGroup.HangUpBelow(_process.Id);
    }

    private async Task<bool> KillAsync()
    {
        // A shell's jobs are groups of their own.
        if (!_contained) foreach (var below in ProcessTree.Below(_process.Id)) ProcessGroup.End(below);
        return await _processes.KillAsync(_process);
    }
}
