namespace ControlChat.Core.Sessions.Terminals;

/// <summary>Terminals that are at work no more, from their transcripts.</summary>
public interface IEndedTerminals
{
    /// <summary>
    /// All frames behind a sequence, in order, of <see cref="TerminalFrames.In"/> only that they are there. Whoever asks has checked the rights. Nothing when no transcript is kept;
    /// it may end without <see cref="TerminalFrames.Ended"/>.
    /// </summary>
    IAsyncEnumerable<TerminalFrame> ReadAsync(string sessionId, long after, CancellationToken cancellationToken);

    /// <summary>Of the last frame that is kept; 0: none is.</summary>
    Task<long> LastSeqAsync(string sessionId, CancellationToken cancellationToken);
}
