namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>A line of a terminal's transcript for people.</summary>
/// <param name="Seq">Of the frame that ended it.</param>
/// <param name="Kind"><c>out</c>: printed; <c>in</c>: typed; <c>system</c>: what was told, gaps and the end.</param>
public sealed record ReadableLine(long Seq, DateTimeOffset At, string Kind, string Text);
