using System.Buffers;
using System.Buffers.Text;

namespace ControlChat.Core.Accounts.Jose;

/// <summary>Base64url as RFC 7515 wants it and in its one canonical form: no padding, no space, no stray bits at the end.</summary>
internal static class Base64UrlText
{
    /// <returns>Null for anything but the text that encoding the bytes gives again.</returns>
    public static byte[]? Read(string text)
    {
        if (text.Length % 4 == 1 || !text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')) return null;
        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        if (Base64Url.DecodeFromChars(text, bytes, out _, out var length) != OperationStatus.Done) return null;
        // 'QQ' and 'QR' would be the same byte; only one of them is that byte's text.
        return Base64Url.EncodeToString(bytes.AsSpan(0, length)) == text ? bytes[..length] : null;
    }
}
