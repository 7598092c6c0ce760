using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>
/// Puts lines together to objects: one a line, several in a line, or one over several lines. A line that begins with <c>{</c> in its first
/// column begins a new object, so that one that was cut off takes no other along.
/// </summary>
internal sealed class JsonPieces
{
    private const int MostOpen = 1024 * 1024;
    private const int HeadCharacters = 200;
    private ArrayBufferWriter<byte> _open = new();
    private byte[] _rest = [];
    private JsonReaderState _state;

    /// <summary>What this line completes.</summary>
    public IReadOnlyList<JsonLine> Take(ReadOnlySpan<byte> line)
    {
        List<JsonLine> found = [];
        if (IsOpen && line is [(byte)'{', ..]) found.Add(Close("an object that breaks off"));
        if (IsBlank(line)) return found;
        // The line feed ends a number or a word that stands at the end.
        ReadOnlySpan<byte> text = [.. _rest, .. Utf8.IsValid(line) ? line : Mended(line), (byte)'\n'];
        _rest = [];
        while (!IsBlank(text)) text = Next(text, found);
        return found;
    }

    /// <summary>The stream has ended: what is left of an object, or null.</summary>
    public JsonLine? End() => IsOpen ? Close("an object that breaks off at the end") : null;

    private bool IsOpen => _open.WrittenCount + _rest.Length > 0;

    public static string Head(ReadOnlySpan<byte> text)
    {
        var head = Encoding.UTF8.GetString(text[..Math.Min(text.Length, HeadCharacters)]);
        return new string([.. head.Select(c => char.IsControl(c) ? ' ' : c)]).Trim();
    }

    // One value, or as much of it as is there. What is behind it, is the answer.
    private ReadOnlySpan<byte> Next(ReadOnlySpan<byte> text, List<JsonLine> found)
    {
        var reader = new Utf8JsonReader(text, isFinalBlock: false, _open.WrittenCount == 0 ? default : _state);
        try
        {
            while (reader.Read())
            {
                if (reader.CurrentDepth > 0 || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) continue;
                var end = (int)reader.BytesConsumed;
                _open.Write(text[..end]);
                found.Add(Whole());
                return text[end..];
            }
            var used = (int)reader.BytesConsumed;
            _open.Write(text[..used]);
            _state = reader.CurrentState;
            if (!IsBlank(text[used..])) _rest = text[used..].ToArray();
            if (_open.WrittenCount + _rest.Length > MostOpen) found.Add(Close("an object over lines without end"));
        }
        catch (JsonException)
        {
            _open.Write(text);
            found.Add(Close("a line that is no JSON"));
        }
        return [];
    }

    private JsonLine Whole()
    {
        var reader = new Utf8JsonReader(_open.WrittenSpan);
        var value = JsonElement.ParseValue(ref reader);
        if (value.ValueKind != JsonValueKind.Object) return Close("a line that is no object");
        var whole = new JsonLine.Value(value, _open.WrittenCount);
        Forget();
        return whole;
    }

    private JsonLine.Fault Close(string why)
    {
        _open.Write(_rest);
        _rest = [];
        var fault = new JsonLine.Fault(why, Head(_open.WrittenSpan), _open.WrittenCount);
        Forget();
        return fault;
    }

    private void Forget()
    {
        // A buffer that one long line needed is not kept for the short ones.
        if (_open.Capacity > MostOpen) _open = new ArrayBufferWriter<byte>();
        else _open.ResetWrittenCount();
    }

    // Output of a command in another encoding is no reason to lose the message around it.
    private static byte[] Mended(ReadOnlySpan<byte> line) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(line));

    private static bool IsBlank(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(" \t\r\n"u8) < 0;
}
