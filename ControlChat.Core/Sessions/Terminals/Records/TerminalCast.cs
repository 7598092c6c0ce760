using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>A terminal's transcript for players: asciicast v2, https://docs.asciinema.org/manual/asciicast/v2/.</summary>
internal sealed class TerminalCast(Session session)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private DateTimeOffset? _began;

    /// <param name="frames">All of it.</param>
    public async Task WriteAsync(IAsyncEnumerable<TerminalFrame> frames, Stream output, CancellationToken cancellationToken)
    {
        await foreach (var frame in frames.WithCancellation(cancellationToken))
        {
            if (_began is null) await output.WriteAsync(Encoding.UTF8.GetBytes(Head(frame)), cancellationToken);
            if (Event(frame) is { } line) await output.WriteAsync(Encoding.UTF8.GetBytes(line), cancellationToken);
        }
        if (_began is null) await output.WriteAsync(Encoding.UTF8.GetBytes(Head(null)), cancellationToken);
    }

    private string Head(TerminalFrame? first)
    {
        _began = first?.At ?? session.CreatedAt;
        var size = first is { Type: TerminalFrames.Resize } && Size(first) is { } told ? told : TerminalSize.Default;
        var head = new JsonObject
        {
            ["version"] = 2,
            ["width"] = size.Columns,
            ["height"] = size.Rows,
            ["timestamp"] = _began.Value.ToUnixTimeSeconds(),
            ["title"] = session.Id,
            ["env"] = new JsonObject { ["TERM"] = "xterm-256color" },
        };
        return head.ToJsonString() + "\n";
    }

    private string? Event(TerminalFrame frame) => frame.Type switch
    {
        TerminalFrames.Out => Line(frame, "o", Text(frame)),
        TerminalFrames.In => Typed(frame) is { } typed ? Line(frame, "i", typed) : null,
        TerminalFrames.Resize when Size(frame) is { } size => Line(frame, "r", string.Create(CultureInfo.InvariantCulture, $"{size.Columns}x{size.Rows}")),
        TerminalFrames.Gap => Line(frame, "m", $"Frames {TerminalLine.First(frame)} to {frame.Seq} are missing."),
        TerminalFrames.System => Line(frame, "m", Value(frame, "text")),
        TerminalFrames.Ended => Line(frame, "m", $"Ended: {Value(frame, "reason")}"),
        _ => null,
    };

    // Characters that frames cut are put together again.
    private string Text(TerminalFrame frame)
    {
        var characters = new char[Encoding.UTF8.GetMaxCharCount(frame.Data.Length)];
        return new string(characters, 0, _decoder.GetChars(frame.Data.Span, characters, flush: false));
    }

    private string? Line(TerminalFrame frame, string code, string? data) => string.IsNullOrEmpty(data) ? null :
        string.Create(CultureInfo.InvariantCulture, $"[{Math.Max(0, (frame.At - _began!.Value).TotalSeconds):0.000###}, \"{code}\", {JsonSerializer.Serialize(data)}]\n");

    private static string? Typed(TerminalFrame frame) => Value(frame, "data") is { } base64 ? Encoding.UTF8.GetString(Convert.FromBase64String(base64)) : null;

    private static string? Value(TerminalFrame frame, string name) => TerminalLine.Json(frame)?[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static TerminalSize? Size(TerminalFrame frame) =>
        TerminalLine.Json(frame) is { } data && data["cols"] is JsonValue columns && data["rows"] is JsonValue rows && columns.TryGetValue<int>(out var wide) && rows.TryGetValue<int>(out var high)
            ? new TerminalSize(wide, high) : null;
}
