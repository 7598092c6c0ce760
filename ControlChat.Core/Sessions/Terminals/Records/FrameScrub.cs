using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Telemetry;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>
/// Frames on their way to the record, in order: each waits until no secret can reach over its end, at most for a while, and comes out without secrets. What is
/// typed and what is printed are two texts. Secrets are also found across colours; not across what an interface draws at several places of the screen.
/// </summary>
internal sealed class FrameScrub(Redactor redactor)
{
    private const string Data = "data";
    private readonly PieceScrub _printed = new(redactor);
    private readonly PieceScrub _typed = new(redactor);
    private readonly Queue<(TerminalFrame Frame, JsonObject? Typed, long Since)> _waiting = [];

    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>Of the data of those that wait.</summary>
    public long Bytes { get; private set; }

    /// <summary>The timestamp of the one that waits longest.</summary>
    public long Oldest => _waiting.Peek().Since;

    public void Push(TerminalFrame frame, long now)
    {
        JsonObject? typed = null;
        if (frame.Type == TerminalFrames.Out) _printed.Push(frame.Data);
        else if (frame.Type == TerminalFrames.In && (typed = TerminalLine.Json(frame))?[Data] is JsonValue data && Decoded(data) is { } bytes) _typed.Push(bytes);
        else typed = null;
        Bytes += frame.Data.Length;
        _waiting.Enqueue((frame, typed, now));
    }

    /// <param name="before">What waits since then does not wait any longer.</param>
    /// <returns>The next one; null: it has to wait.</returns>
    public TerminalFrame? Next(long before)
    {
        if (!_waiting.TryPeek(out var next)) return null;
        var piece = next.Frame.Type == TerminalFrames.Out ? _printed : next.Typed is not null ? _typed : null;
        if (piece is not null && next.Since > before && !piece.IsDecided) return null;
        _waiting.Dequeue();
        Bytes -= next.Frame.Data.Length;
        if (piece is null) return next.Frame.Type == TerminalFrames.System ? Told(next.Frame) : next.Frame;
        var clean = piece.Take();
        if (next.Typed is not { } typed) return next.Frame with { Data = clean };
        typed[Data] = Convert.ToBase64String(clean.Span);
        return next.Frame with { Data = Encoding.UTF8.GetBytes(typed.ToJsonString()) };
    }

    private TerminalFrame Told(TerminalFrame frame)
    {
        if (TerminalLine.Json(frame) is not { } told || told["text"] is not JsonValue value || !value.TryGetValue<string>(out var text)) return frame;
        told["text"] = redactor.Redact(text);
        return frame with { Data = Encoding.UTF8.GetBytes(told.ToJsonString()) };
    }

    private static byte[]? Decoded(JsonValue data)
    {
        var bytes = new byte[data.TryGetValue<string>(out var text) ? text.Length : 0];
        return text is not null && Convert.TryFromBase64String(text, bytes, out var count) ? bytes[..count] : null;
    }
}
