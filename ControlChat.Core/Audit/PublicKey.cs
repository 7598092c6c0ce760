using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ControlChat.Core.Audit;

/// <summary>The key that checks checkpoints; whoever keeps a copy elsewhere can tell a record that was signed anew.</summary>
/// <param name="Pem">SPKI, PEM.</param>
/// <param name="Id">First 16 hex characters of SHA-256 of the SPKI DER.</param>
public sealed record PublicKey(string Pem, string Id)
{
    /// <summary>Null when the text is not the PEM of a P-256 public key.</summary>
    public static PublicKey? Parse(string? pem)
    {
        using var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            return key.ExportParameters(false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value ? Of(key) : null;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Whether the base64url signature is of the text's UTF-8 bytes.</summary>
    public bool Verifies(string text, string? signature)
    {
        if (signature is null || !Base64Url.IsValid(signature, out var length) || length != 64) return false;
        using var key = ECDsa.Create();
        key.ImportFromPem(Pem);
        return key.VerifyData(Encoding.UTF8.GetBytes(text), Base64Url.DecodeFromChars(signature), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    internal static PublicKey Of(ECDsa key) =>
        new(key.ExportSubjectPublicKeyInfoPem() + "\n", Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..16]);
}
