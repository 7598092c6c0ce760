using System.Collections.Concurrent;
using System.Text;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Sessions.Terminals;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>Terminals whose programs do what the test says; and what may be started in them.</summary>
internal sealed class FakeTerminalHost : ITerminalHost, ITerminalPrograms
{
    public string Name { get; set; } = "pty";

    /// <summary>Every one that was started, the newest last.</summary>
    public ConcurrentQueue<FakeTerminal> Started { get; } = new();

    /// <summary>What lives on when its worker gives it up.</summary>
    public ConcurrentDictionary<string, FakeTerminal> Lasting { get; } = new();

    public ConcurrentQueue<string> Removed { get; } = new();

    /// <summary>How a start fails; null: it does not.</summary>
    public Exception? Fault { get; set; }

    public IReadOnlyList<string> Names { get; } = ["codex", "bash"];

    public BoxOrder? LastOrder { get; private set; }

    public FakeTerminal Last => Started.Last();

    public Task<string?> FaultAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    public Task<string> DescribeAsync(CancellationToken cancellationToken) => Task.FromResult("played by a test");

    public Task<ITerminalProcess> StartAsync(string sessionId, BoxOrder order, TerminalSize size, bool contained, CancellationToken cancellationToken)
    {
        if (Fault is { } fault) return Task.FromException<ITerminalProcess>(fault);
        LastOrder = order;
        var terminal = new FakeTerminal(size);
        if (Name == "tmux") Lasting[sessionId] = terminal;
        Started.Enqueue(terminal);
        return Task.FromResult<ITerminalProcess>(terminal);
    }

    public Task<ITerminalProcess?> AdoptAsync(string sessionId, CancellationToken cancellationToken)
    {
        if (!Lasting.TryGetValue(sessionId, out var left) || left.Exited.IsCompleted) return Task.FromResult<ITerminalProcess?>(null);
        var again = Lasting[sessionId] = new FakeTerminal(left.Size) { WasAdopted = true };
        Started.Enqueue(again);
        return Task.FromResult<ITerminalProcess?>(again);
    }

    public Task<bool> RemoveAsync(string sessionId)
    {
        Removed.Enqueue(sessionId);
        return Task.FromResult(true);
    }

    public string? Refusal(IReadOnlyList<string> command) => Names.Contains(command[0]) ? null : $"'{command[0]}' may not be started in a terminal. These may: {string.Join(", ", Names)}.";

    public BoxOrder Order(IReadOnlyList<string> command, AgentPlace place) => new(
        // A real host wants a real program.
        command[0] == "bash" ? "/usr/bin/bash" : command[0], [.. command.Skip(1)], [], place.Workspace, place.Folder.Home,
        new Dictionary<string, string> { ["HANDLE"] = place.Handle, ["PATH"] = "/usr/bin:/bin", ["HOME"] = place.Folder.Home });
}

/// <summary>A program in a terminal, played by a test. Without a word it echoes nothing.</summary>
internal sealed class FakeTerminal(TerminalSize size) : ITerminalProcess
{
    private readonly BlockingCollection<byte[]> _printed = [];
    private readonly TaskCompletionSource<TerminalExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _rest = [];

    public ConcurrentQueue<string> Typed { get; } = new();

    public ConcurrentQueue<TerminalSize> Sizes { get; } = new();

    /// <summary>The grace of each end it was given.</summary>
    public ConcurrentQueue<TimeSpan> Ends { get; } = new();

    public bool IsDisposed { get; private set; }

    /// <summary>It does not read what is typed.</summary>
    public bool IsDeaf { get; set; }

    /// <summary>Prints back what is typed.</summary>
    public bool Repeats { get; set; }

    public int ProcessId => int.MaxValue;

    public bool WasAdopted { get; init; }

    public TerminalEcho Echo { get; set; } = TerminalEcho.Shown;

    /// <summary>Of one piece; it does not read the rest.</summary>
    public int MostTaken { get; set; } = int.MaxValue;

    public TerminalSize Size { get; private set; } = size;

    public Task<TerminalExit> Exited => _exited.Task;

    public MemoryExcess? Excess { get; set; }

    public void Print(string text) => Print(Encoding.UTF8.GetBytes(text));

    public void Print(byte[] bytes) => _printed.Add(bytes);

    public void Exit(int? code, string complaint = "")
    {
        if (!_printed.IsAddingCompleted) _printed.CompleteAdding();
        _exited.TrySetResult(new TerminalExit(code, complaint));
    }

    public int Read(Span<byte> buffer)
    {
        if (_rest.Length == 0 && !_printed.TryTake(out _rest!, Timeout.Infinite))
        {
            _rest = [];
            return 0;
        }
        var count = Math.Min(buffer.Length, _rest.Length);
        _rest.AsSpan(0, count).CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public async ValueTask<int> WriteAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        var taken = IsDeaf ? 0 : Math.Min(MostTaken, input.Length);
        if (taken > 0)
        {
            Typed.Enqueue(Encoding.UTF8.GetString(input.Span[..taken]));
            if (Repeats) Print(input.ToArray());
        }
        if (taken < input.Length) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return taken;
    }

    public void Resize(TerminalSize size)
    {
        Size = size;
        Sizes.Enqueue(size);
    }

    public Task<bool> EndAsync(TimeSpan grace)
    {
        Ends.Enqueue(grace);
        Exit(129);
        return Task.FromResult(true);
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        if (!_printed.IsAddingCompleted) _printed.CompleteAdding();
        return ValueTask.CompletedTask;
    }
}
