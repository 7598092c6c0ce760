namespace ControlChat.Core.Sessions.Terminals;

/// <summary>
/// One thing that happened in a terminal, in its place: what its program printed, what was typed, how large it became. One sequence of its own
/// counts all of them, apart from the sequence of the session's events.
/// </summary>
/// <param name="Seq">From 1, without gaps.</param>
/// <param name="Type">One of <see cref="TerminalFrames"/>.</param>
/// <param name="Data">The bytes as they were for <see cref="TerminalFrames.Out"/>, else a JSON object in UTF-8.</param>
public sealed record TerminalFrame(long Seq, DateTimeOffset At, string Type, ReadOnlyMemory<byte> Data)
{
    /// <summary>As readers get it: of what was typed only its place.</summary>
    public TerminalFrame Shown => Type == TerminalFrames.In ? this with { Data = default } : this;
}

/// <summary>The types of a terminal's frames, which are those of its transcript's records too.</summary>
public static class TerminalFrames
{
    /// <summary>Printed by the program, at most 64 KiB; in a record <c>{"data": base64}</c>.</summary>
    public const string Out = "out";

    /// <summary>Typed: <c>{"data": base64, "account": id}</c>, or <c>{"hidden": bytes, "account": id}</c> while the terminal did not echo. Recorded; nobody is shown more than that it is there.</summary>
    public const string In = "in";

    /// <summary><c>{"cols", "rows"}</c>: from here on.</summary>
    public const string Resize = "resize";

    /// <summary><c>{"account": id|null, "by": id}</c>: who types from here on.</summary>
    public const string Control = "control";

    /// <summary><c>{"text", "code"}</c>: something to be told, as the session's own events of this name.</summary>
    public const string System = "system";

    /// <summary><c>{"from", "to"}</c>: those frames are in no buffer and in no file. Never silent. As a record it stands for all of them.</summary>
    public const string Gap = "gap";

    /// <summary><c>{"reason", "exit_code": number|null}</c>: the last one.</summary>
    public const string Ended = "ended";
}
