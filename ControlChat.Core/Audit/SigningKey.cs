using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>The key that signs checkpoints: ECDSA P-256 with SHA-256 (ES256), signatures in the IEEE P1363 form.</summary>
public sealed class SigningKey : IDisposable
{
    private const string SharedName = "audit-signing";

    private readonly ECDsa _key;

    private SigningKey(ECDsa key) => (_key, Public) = (key, PublicKey.Of(key));

    public PublicKey Public { get; }

    /// <summary>Reads the key, or makes it.</summary>
    public static SigningKey LoadOrCreate(AuditPlaces places) => new(KeyOf(places).LoadOrCreate());

    /// <summary>The public half of the key; null when there is none yet.</summary>
    public static PublicKey? PublicOf(AuditPlaces places)
    {
        using var key = KeyOf(places).Find();
        return key is null ? null : PublicKey.Of(key);
    }

    /// <returns>The signature of the text's UTF-8 bytes, base64url.</returns>
    public string Sign(string text) =>
        Base64Url.EncodeToString(_key.SignData(Encoding.UTF8.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));

    public void Dispose() => _key.Dispose();

    private static OwnKey KeyOf(AuditPlaces places) => new(SharedName, places.SigningKey, places.SharedKeys);
}
