using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace ControlChat.App.Sessions.Streams;

/// <summary>What a client types, out of its base64.</summary>
internal static class InputText
{
    /// <param name="text">The JSON text between its quotes.</param>
    /// <param name="escaped">With backslashes in it, as some writers put one before a slash.</param>
    /// <param name="bytes">As long as the text.</param>
    /// <returns>How many bytes; null: it is no base64.</returns>
    public static int? Decode(ReadOnlySpan<byte> text, bool escaped, Span<byte> bytes)
    {
        if (!escaped) return Decode(text, bytes);
        try
        {
            return Decode(Encoding.UTF8.GetBytes(JsonSerializer.Deserialize<string>([(byte)'"', .. text, (byte)'"'])!), bytes);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Half a character.
            return null;
        }
    }

    private static int? Decode(ReadOnlySpan<byte> text, Span<byte> bytes) =>
        Base64.DecodeFromUtf8(text, bytes, out var consumed, out var written) == OperationStatus.Done && consumed == text.Length ? written : null;
}
