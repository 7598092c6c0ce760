using System.Text;
using System.Text.Json.Nodes;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>A terminal's frames as lines for people. Fed the frames behind one where it <see cref="IsClean"/>, it gives the same lines again.</summary>
internal sealed class TerminalText
{
    // So long a line that is never ended may be put together.
    private const int MostFrames = 200;
    private const int MostTyped = 200;
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly LineMaker _printed = new();
    private readonly StringBuilder _typed = new();
    private readonly List<ReadableLine> _lines = [];
    private char[] _characters = new char[4096];
    private int _frames;
    private bool _partial;

    /// <summary>Nothing of the frames so far is needed for those that follow.</summary>
    public bool IsClean => _printed.IsClean && _typed.Length == 0 && !_partial;

    /// <returns>Lines that this frame ended; good until the next call.</returns>
    public IReadOnlyList<ReadableLine> Push(TerminalFrame frame)
    {
        _lines.Clear();
        // Nothing of what came before goes on behind these.
        if (frame.Type is TerminalFrames.Ended or TerminalFrames.Gap) Break(frame);
        switch (frame.Type)
        {
            case TerminalFrames.Out:
                Print(frame);
                break;
            case TerminalFrames.In:
                Type(frame);
                break;
            default:
                if (Told(frame) is { } text) Add(frame, TerminalFrames.System, text);
                break;
        }
        _frames = IsClean ? 0 : _frames + 1;
        if (_frames >= MostFrames) Break(frame);
        return _lines;
    }

    /// <returns>What stands there without an end.</returns>
    public IReadOnlyList<ReadableLine> Finish(TerminalFrame last)
    {
        _lines.Clear();
        Break(last);
        return _lines;
    }

    private void Print(TerminalFrame frame)
    {
        var most = Encoding.UTF8.GetMaxCharCount(frame.Data.Length);
        if (_characters.Length < most) _characters = new char[most];
        var count = _decoder.GetChars(frame.Data.Span, _characters, flush: false);
        _partial = frame.Data.Length > 0 && frame.Data.Span[^1] >= 0x80 && (count == 0 || _characters[count - 1] < 0x80);
        foreach (var one in _characters.AsSpan(0, count))
            if (_printed.Push(one) is { } line) Add(frame, TerminalFrames.Out, line);
    }

    private void Type(TerminalFrame frame)
    {
        if (TerminalLine.Json(frame) is not { } data) return;
        if (data["hidden"] is JsonValue hidden) Add(frame, TerminalFrames.In, $"({hidden.ToJsonString()} characters that were not shown)");
        if (data["data"] is not JsonValue value || !value.TryGetValue<string>(out var base64)) return;
        foreach (var one in Encoding.UTF8.GetString(Convert.FromBase64String(base64)))
        {
            if (one is '\r' or '\n' || _typed.Length >= MostTyped) EndTyped(frame);
            if (one is '\r' or '\n') continue;
            if (one is '\b' or '\x7f') _typed.Length = Math.Max(0, _typed.Length - 1);
            else if (one < ' ') _typed.Append('^').Append((char)(one + '@'));
            else _typed.Append(one);
        }
    }

    private void Break(TerminalFrame frame)
    {
        if (_printed.Finish() is { } line) Add(frame, TerminalFrames.Out, line);
        EndTyped(frame);
        _decoder.Reset();
        (_partial, _frames) = (false, 0);
    }

    private void EndTyped(TerminalFrame frame)
    {
        if (_typed.Length > 0) Add(frame, TerminalFrames.In, _typed.ToString());
        _typed.Clear();
    }

    private static string? Told(TerminalFrame frame)
    {
        var data = TerminalLine.Json(frame);
        return frame.Type switch
        {
            TerminalFrames.System => Text(data?["text"]),
            TerminalFrames.Gap => $"Frames {TerminalLine.First(frame)} to {frame.Seq} are missing.",
            TerminalFrames.Control => (Text(data?["name"]) ?? Text(data?["account"])) is { } person ? $"{person} is in control." : "Nobody is in control.",
            TerminalFrames.Ended => $"Ended: {Text(data?["reason"]) ?? "unknown"}.",
            _ => null,
        };
    }

    private void Add(TerminalFrame frame, string kind, string text) => _lines.Add(new ReadableLine(frame.Seq, frame.At, kind, text));

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
