using System.Security.Cryptography;
using System.Text.Json;

namespace ControlChat.Core.Accounts.Jose;

/// <summary>A public key that signatures are checked with, and the algorithms it is for. The key decides; a token's header only names.</summary>
public sealed class JwsKey
{
    /// <summary>RFC 7518, 3.3 and 3.5.</summary>
    public const int LeastRsaBits = 2048;

    private const int MostRsaBits = 8192;
    private readonly AsymmetricAlgorithm _key;
    private readonly Lock _use = new();

    private JwsKey(string? id, AsymmetricAlgorithm key, IReadOnlyList<JwsAlgorithm> algorithms) => (Id, _key, Algorithms) = (id, key, algorithms);

    /// <summary>The <c>kid</c>, or null when the set gives none.</summary>
    public string? Id { get; }

    public IReadOnlyList<JwsAlgorithm> Algorithms { get; }

    /// <summary>A key of our own making, for one algorithm.</summary>
    /// <exception cref="ArgumentException">The key is of another family, or too short.</exception>
    public static JwsKey Of(string id, AsymmetricAlgorithm key, JwsAlgorithm algorithm)
    {
        if (!algorithm.Fits(key)) throw new ArgumentException($"The key is not one for {algorithm.Name}.", nameof(key));
        if (!IsStrong(key)) throw new ArgumentException("The key is too short.", nameof(key));
        return new JwsKey(id, key, [algorithm]);
    }

    /// <summary>The keys of a JWK set (RFC 7517) that this hub can use. Others are passed over: shared keys, encryption keys, short keys, unknown curves.</summary>
    public static IReadOnlyList<JwsKey> ReadSet(JsonElement set) =>
        set.TryGetProperty("keys", out var keys) && keys.ValueKind == JsonValueKind.Array ? [.. keys.EnumerateArray().Select(Read).OfType<JwsKey>()] : [];

    /// <summary>False unless the token's algorithm is one this key is for and the signature is right.</summary>
    public bool Verifies(JwsToken token)
    {
        if (!Algorithms.Contains(token.Algorithm)) return false;
        try
        {
            // The framework promises nothing about one key on several threads.
            lock (_use) return token.Algorithm.Verifies(_key, token.SigningInput, token.Signature);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static JwsKey? Read(JsonElement jwk)
    {
        if (jwk.ValueKind != JsonValueKind.Object || (jwk.TryGetProperty("use", out _) && jwk.Text("use") != "sig")) return null;
        if (jwk.TryGetProperty("key_ops", out var uses) && !(uses.ValueKind == JsonValueKind.Array && uses.EnumerateArray().Any(u => u.ValueKind == JsonValueKind.String && u.GetString() == "verify"))) return null;
        if (Key(jwk) is not { } key) return null;
        var algorithms = JwsAlgorithm.All.Where(a => a.Fits(key) && (!jwk.TryGetProperty("alg", out _) || jwk.Text("alg") == a.Name)).ToList();
        if (algorithms.Count > 0 && IsStrong(key)) return new JwsKey(jwk.Text("kid"), key, algorithms);
        key.Dispose();
        return null;
    }

    private static AsymmetricAlgorithm? Key(JsonElement jwk)
    {
        try
        {
            return jwk.Text("kty") switch
            {
                "RSA" when Bytes(jwk, "n") is { } n && Bytes(jwk, "e") is { } e => RSA.Create(new RSAParameters { Modulus = n, Exponent = e }),
                // Making the key checks that the point lies on the curve.
                "EC" when jwk.Text("crv") == "P-256" && Bytes(jwk, "x") is { Length: 32 } x && Bytes(jwk, "y") is { Length: 32 } y
                    => ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x, Y = y } }),
                _ => null,
            };
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static byte[]? Bytes(JsonElement jwk, string name) => jwk.Text(name) is { Length: > 0 and <= 2048 } text ? Base64UrlText.Read(text) : null;

    private static bool IsStrong(AsymmetricAlgorithm key) => key switch
    {
        RSA rsa => rsa.KeySize is >= LeastRsaBits and <= MostRsaBits && IsOddAboveOne(rsa.ExportParameters(includePrivateParameters: false).Exponent!),
        ECDsa ec => ec.KeySize == 256,
        _ => false,
    };

    private static bool IsOddAboveOne(byte[] exponent) =>
        exponent.Length is > 0 and <= 8 && (exponent[^1] & 1) == 1 && (exponent[^1] > 1 || exponent.AsSpan(0, exponent.Length - 1).ContainsAnyExcept((byte)0));
}
