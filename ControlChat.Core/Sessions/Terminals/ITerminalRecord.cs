namespace ControlChat.Core.Sessions.Terminals;

/// <summary>
/// A terminal's transcript as it is written: frames in, records out, at most 250 ms later on disk. Secrets are removed on the way, also where they reach over
/// several frames: a frame waits until nothing that reaches into it can become a secret, at most those 250 ms.
/// A disk that is full stops nothing: it is told, and what could not be written is a <see cref="TerminalFrames.Gap"/> when the disk is back.
/// </summary>
internal interface ITerminalRecord : IAsyncDisposable
{
    /// <summary>
    /// Behind which frames go on: that of the last whole record that was found on disk when it was opened, 0 without any. Far behind that one where who wrote it
    /// did not come to close it: what was shown and not written keeps its numbers.
    /// </summary>
    long LastSeq { get; }

    /// <summary>When everything appended so far was on disk last; null: never.</summary>
    DateTimeOffset? RecordedTo { get; }

    /// <summary>Why it cannot be written now, for the session's people; null: it can.</summary>
    string? Fault { get; }

    /// <summary>Rises with every change of the two above.</summary>
    event Action? Changed;

    /// <summary>Takes a frame. Waits where more than 8 MiB wait for the disk.</summary>
    ValueTask AppendAsync(TerminalFrame frame, CancellationToken cancellationToken);

    /// <summary>What is on disk behind a sequence, in order, without secrets, up to what is there now. Frames that are missing are told as <see cref="TerminalFrames.Gap"/>.</summary>
    IAsyncEnumerable<TerminalFrame> ReadAsync(long after, CancellationToken cancellationToken);
}

/// <summary>Opens transcripts of terminals.</summary>
internal interface ITerminalRecords
{
    /// <summary>To go on writing it; a torn tail is cut. One process at a time.</summary>
    /// <exception cref="IOException">The disk is away, or another process still writes it.</exception>
    Task<ITerminalRecord> OpenAsync(string sessionId, CancellationToken cancellationToken);
}
