using ControlChat.Core.Sessions.Containment;

namespace ControlChat.Core.Sessions.Terminals;

/// <summary>What holds the terminals of this machine: <c>Sessions:Terminal:Host</c>.</summary>
public interface ITerminalHost
{
    /// <summary><c>pty</c> or <c>tmux</c>.</summary>
    string Name { get; }

    /// <summary>Why it cannot be used on this machine and what to do, in one line; null: it can.</summary>
    Task<string?> FaultAsync(CancellationToken cancellationToken);

    /// <summary>What it is, for who runs the hub, where <see cref="FaultAsync"/> has found nothing.</summary>
    Task<string> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>Starts a program in a terminal of its own, in its namespace.</summary>
    /// <param name="order">Of a session; its environment gets <c>TERM</c> from here.</param>
    /// <param name="contained">False: without a namespace, where the operator said so.</param>
    /// <exception cref="IOException">It could not be started.</exception>
    /// <exception cref="ArgumentException">Its namespace would show a place of the hub.</exception>
    Task<ITerminalProcess> StartAsync(string sessionId, BoxOrder order, TerminalSize size, bool contained, CancellationToken cancellationToken);

    /// <summary>Takes up what an earlier worker started.</summary>
    /// <returns>Null: there is nothing left of it, or this host's terminals end with their worker.</returns>
    Task<ITerminalProcess?> AdoptAsync(string sessionId, CancellationToken cancellationToken);

    /// <summary>Ends what is left of a session that has ended, whoever started it. Nothing where there is nothing.</summary>
    /// <returns>False: something of it still lives.</returns>
    Task<bool> RemoveAsync(string sessionId);
}

/// <summary>A program in a terminal. Disposing gives up this process's hold of it: with the host <c>pty</c> it ends then, with <c>tmux</c> it lives on.</summary>
public interface ITerminalProcess : IAsyncDisposable
{
    /// <summary>The head of what is to be ended and measured.</summary>
    int ProcessId { get; }

    /// <summary>It went on while nobody listened: what it printed meanwhile is not told, and the first thing read is its screen, drawn anew.</summary>
    bool WasAdopted { get; }

    /// <summary>Whether what is typed at this moment shows.</summary>
    TerminalEcho Echo { get; }

    TerminalSize Size { get; }

    /// <summary>Waits for what it prints next.</summary>
    /// <param name="buffer">At least 32 KiB; more than one read of the kernel's may be put together.</param>
    /// <returns>How many bytes; 0: no more will come.</returns>
    int Read(Span<byte> buffer);

    /// <summary>Types, and waits for the program no longer than the token says.</summary>
    /// <returns>How many bytes it took, from the first on: fewer than there are when it did not read them in time, or has ended.</returns>
    ValueTask<int> WriteAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken);

    /// <summary>The program hears of it.</summary>
    void Resize(TerminalSize size);

    /// <summary>Ends with its program.</summary>
    Task<TerminalExit> Exited { get; }

    /// <summary>Whether the kernel ended something of it for its memory.</summary>
    MemoryExcess? Excess { get; }

    /// <summary>Asks it to end (SIGHUP to all of it), and ends it for good after the grace, with all it started.</summary>
    /// <returns>False when something still lives 5 s later.</returns>
    Task<bool> EndAsync(TimeSpan grace);
}

/// <param name="Code">Its exit status, 128 + N for signal N; null: not known.</param>
/// <param name="Complaint">What was said about a failed start; empty: nothing.</param>
public sealed record TerminalExit(int? Code, string Complaint);
