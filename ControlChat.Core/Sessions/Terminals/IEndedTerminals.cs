namespace ControlChat.Core.Sessions.Terminals;

/// <summary>Terminals that are at work no more, from their transcripts.</summary>
public interface IEndedTerminals
{
    /// <summary>
    /// All frames behind a sequence but <see cref="TerminalFrames.In"/>, in order. Whoever asks has checked the rights. Nothing when no transcript is kept;
    /// it may end without <see cref="TerminalFrames.Ended"/>.
    /// </summary>
    IAsyncEnumerable<TerminalFrame> ReadAsync(string sessionId, long after, CancellationToken cancellationToken);
}
