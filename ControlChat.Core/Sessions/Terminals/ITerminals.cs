namespace ControlChat.Core.Sessions.Terminals;

/// <summary>Terminals at work, wherever their workers are.</summary>
public interface ITerminals
{
    /// <summary>Joins one. Whoever asks has checked the principal's rights to the session; the session's worker checks who is in control.</summary>
    /// <returns>Null while no worker has it at work: it waits, has just begun, or has ended.</returns>
    /// <exception cref="Hub.HubUnavailableException">Its worker cannot be reached now.</exception>
    Task<ITerminalView?> JoinAsync(string sessionId, TerminalViewer viewer, CancellationToken cancellationToken);

    /// <summary>Windows that look at one, where this process has it at work; else 0.</summary>
    int ViewersOf(string sessionId) => 0;
}

/// <summary>One window that looks at a terminal.</summary>
/// <param name="Id">Stays the same when its connection is made anew: a window that was in control is so again. Random, 43 characters; a secret of the window.</param>
/// <param name="Name">Of the account, for the others.</param>
/// <param name="MayControl">Whether it may ever type.</param>
public sealed record TerminalViewer(string Id, string AccountId, string Name, bool MayControl)
{
    /// <summary>The API token it came with; its rights are read again by it. Null: a browser.</summary>
    public string? TokenId { get; init; }

    /// <summary>The browser's sign-in, likewise.</summary>
    public string? AuthSessionId { get; init; }

    /// <summary>Without its id, which is a secret of the window.</summary>
    public override string ToString() => $"{AccountId} ({Name})";
}

/// <summary>A terminal as one window sees it. Disposing leaves it; control stays the window's for a while.</summary>
public interface ITerminalView : IAsyncDisposable
{
    TerminalNow Now { get; }

    /// <summary>Every change of <see cref="Now"/>, the newest only for a reader that does not keep up, beginning with the present one.</summary>
    IAsyncEnumerable<TerminalNow> FollowAsync(CancellationToken cancellationToken);

    /// <summary>
    /// All frames behind a sequence, in order, of <see cref="TerminalFrames.In"/> only that they are there: from the transcript where the buffer has them no more, then live. Ends behind
    /// <see cref="TerminalFrames.Ended"/>, and when this process or the link to the worker ends.
    /// </summary>
    /// <exception cref="TerminalSlowException">The reader was live and fell behind by more than the buffer holds.</exception>
    IAsyncEnumerable<TerminalFrame> ReadAsync(long after, CancellationToken cancellationToken);

    /// <summary>Types. Waits while the program reads slowly, and while it is more than a terminal takes in a second.</summary>
    /// <returns>False: this window is not in control, or not any more; what was not typed by then is not typed.</returns>
    /// <exception cref="TerminalBusyException">The program has read nothing for a while, or a stop switch is set: the rest was not typed.</exception>
    ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken);

    /// <returns>False: this window is not in control.</returns>
    ValueTask<bool> ResizeAsync(TerminalSize size, CancellationToken cancellationToken);

    /// <summary>
    /// Asks for control. At once where nobody has it, its holder is gone, or it is the same account's other window; else its holder has 10 s to object. Each is on the record.
    /// </summary>
    Task<ControlAnswer> TakeControlAsync(CancellationToken cancellationToken);

    /// <summary>The holder says no to the one who asks; nothing when nobody does or this window is not in control.</summary>
    Task ObjectAsync(CancellationToken cancellationToken);

    /// <summary>Nobody is in control then; nothing when this window is not.</summary>
    Task GiveBackAsync(CancellationToken cancellationToken);
}

public enum ControlAnswer
{
    Given,

    /// <summary>Its holder was asked; <see cref="TerminalNow"/> tells what became of it.</summary>
    Asked,

    /// <summary>This window may only look.</summary>
    Refused,
}

/// <summary>How a terminal stands at this moment.</summary>
/// <param name="LastSeq">Of its newest frame; 0 without any.</param>
/// <param name="OldestSeq">The oldest frame that is in memory.</param>
/// <param name="RecordedTo">When the transcript on disk was complete last; null: never yet.</param>
/// <param name="RecordFault">Why the transcript is not written now; null: it is.</param>
/// <param name="Controller">The account in control; null: nobody.</param>
/// <param name="IsController">This window is.</param>
/// <param name="Wants">The account that asks for control, and until when its holder may object; null: none.</param>
/// <param name="Viewers">Windows that look at it.</param>
/// <param name="BytesOut">Printed in all.</param>
/// <param name="BytesIn">Typed in all.</param>
public sealed record TerminalNow(
    TerminalSize Size, long LastSeq, long OldestSeq, DateTimeOffset? RecordedTo, string? RecordFault, TerminalPerson? Controller, bool IsController, ControlWish? Wants,
    IReadOnlyList<TerminalPerson> Viewers, long BytesOut, long BytesIn)
{
    /// <summary>The worker's that has it.</summary>
    public TerminalRun? Run { get; init; }

    /// <summary>Bytes its program and all it started took when they were looked at last; null: not yet.</summary>
    public long? MemoryBytes { get; init; }
}

/// <summary>One worker's time with a terminal. What an earlier one told beyond <paramref name="After"/> is in no record.</summary>
/// <param name="N">Counts the workers that had it, from 1.</param>
/// <param name="After">The last sequence of the record when it began.</param>
public sealed record TerminalRun(long N, long After);

public sealed record TerminalPerson(string AccountId, string Name);

public sealed record ControlWish(TerminalPerson Who, DateTimeOffset Until);

/// <summary>A reader did not keep up: it goes on later, behind the last frame it had.</summary>
/// <param name="from">The first frame it missed.</param>
/// <param name="to">The newest one.</param>
public sealed class TerminalSlowException(long from, long to) : Exception("The reader did not keep up with the terminal.")
{
    public long From => from;

    public long To => to;
}

/// <summary>The rest of what was typed was not taken: the program does not read, or a stop switch is set. The message may be shown.</summary>
public sealed class TerminalBusyException(string message = TerminalBusyException.Full) : Exception(message)
{
    public const string Full = "The terminal takes no input now; the rest of it was not typed. Wait, interrupt it or stop it.";

    public const string Frozen = "Agents are stopped here. Nothing can be typed until the stop switch is lifted.";
}
