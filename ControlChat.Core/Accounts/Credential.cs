using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

/// <summary>Secrets handed out once: 256 random bits as 43 base64url characters. Rows keep only their SHA-256.</summary>
public static class Credential
{
    /// <summary>The length of the text, without any prefix.</summary>
    public const int Length = 43;

    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Lower-case hex SHA-256: enough without salt or stretching, because the input has 256 random bits.</summary>
    public static string Hash(string secret) => CanonicalJson.Hash(secret);

    public static bool IsWellFormed(string? text) =>
        text is { Length: Length } && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary>A second secret that only the holder of the first can show, for the same lifetime: it needs no row of its own.</summary>
    /// <param name="purpose">Keeps derived secrets of different uses apart.</param>
    public static string Derive(string secret, string purpose) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(purpose)));

    /// <summary>Compares in a time that does not depend on where the texts differ.</summary>
    public static bool Matches(string expected, string? actual) =>
        actual is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(actual));
}
