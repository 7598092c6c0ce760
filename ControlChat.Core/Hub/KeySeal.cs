using System.Security.Cryptography;
using System.Text;

namespace ControlChat.Core.Hub;

/// <summary>Seals a secret for a row: AES-256-GCM, bound to the name it stands under, so that a sealed text moved to another row does not open.</summary>
public sealed class KeySeal
{
    private const string Version = "v1.";
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int KeyLength = 32;
    private readonly byte[] _key;

    private KeySeal(byte[] key) => _key = key;

    /// <param name="key">32 bytes in base64; null is returned for anything else.</param>
    public static KeySeal? Of(string key)
    {
        var bytes = new byte[KeyLength];
        return Convert.TryFromBase64String(key.Trim(), bytes, out var length) && length == KeyLength ? new KeySeal(bytes) : null;
    }

    public string Seal(string name, string secret)
    {
        var plain = Encoding.UTF8.GetBytes(secret);
        var whole = new byte[NonceLength + TagLength + plain.Length];
        var nonce = whole.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(_key, TagLength);
        cipher.Encrypt(nonce, plain, whole.AsSpan(NonceLength + TagLength), whole.AsSpan(NonceLength, TagLength), Encoding.UTF8.GetBytes(name));
        return Version + Convert.ToBase64String(whole);
    }

    /// <exception cref="CryptographicException">Sealed with another key, for another name, or changed since.</exception>
    public string Open(string name, string text)
    {
        var bytes = new byte[text.Length];
        if (!text.StartsWith(Version, StringComparison.Ordinal) || !Convert.TryFromBase64String(text[Version.Length..], bytes, out var length) || length < NonceLength + TagLength)
            throw new CryptographicException("A key in the hub's database is not in a form of this version.");
        var plain = new byte[length - NonceLength - TagLength];
        using var cipher = new AesGcm(_key, TagLength);
        cipher.Decrypt(bytes.AsSpan(0, NonceLength), bytes.AsSpan(NonceLength + TagLength, plain.Length), bytes.AsSpan(NonceLength, TagLength), plain, Encoding.UTF8.GetBytes(name));
        return Encoding.UTF8.GetString(plain);
    }
}
