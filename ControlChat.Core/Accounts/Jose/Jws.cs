using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.Core.Accounts.Jose;

/// <summary>
/// Signed tokens in their compact form (RFC 7515, RFC 7519, hardened as RFC 8725 says): of providers, and of this hub.
/// Reading looks at the form only; nothing of a token is true before a key of ours has verified it.
/// </summary>
public static class Jws
{
    /// <summary>Characters of the longest token that is looked at.</summary>
    public const int MaxLength = 16 * 1024;

    // What would change how a token is read, or is encryption. What would bring a key along (jwk, jku, x5c, x5u) is simply never looked at.
    private static readonly string[] Refused = ["crit", "b64", "zip", "enc"];

    // Short texts where they are there.
    private static readonly string[] Texts = ["kid", "typ"];

    public static JwsReading Read(string text)
    {
        if (text.Length > MaxLength) return new JwsReading.Refused("too_long");
        var parts = text.Split('.');
        if (parts.Length != 3 || parts.Any(p => p.Length == 0)) return new JwsReading.Refused("not_three_parts");
        if (Base64UrlText.Read(parts[0]) is not { } head || Base64UrlText.Read(parts[1]) is not { } body || Base64UrlText.Read(parts[2]) is not { } signature) return new JwsReading.Refused("not_base64url");
        if (StrictJsonObject.Read(head) is not { } header || StrictJsonObject.Read(body) is not { } claims) return new JwsReading.Refused("not_one_json_object");
        if (Refused.Any(name => header.TryGetProperty(name, out _))) return new JwsReading.Refused("header_not_understood");
        if (Texts.Any(name => header.TryGetProperty(name, out _) && header.Text(name) is not { Length: > 0 and <= 256 })) return new JwsReading.Refused("header_not_understood");
        if (JwsAlgorithm.Find(header.Text("alg")) is not { } algorithm) return new JwsReading.Refused("algorithm");
        return new JwsReading.Formed(new JwsToken(algorithm, header.Text("kid"), header.Text("typ"), claims, Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), signature));
    }

    /// <summary>The claims of a token that one of these keys verifies: the key its <c>kid</c> names, or without a <c>kid</c> the only one there is for its algorithm.</summary>
    public static JwsReading Verify(JwsToken token, IReadOnlyList<JwsKey> keys)
    {
        var fitting = keys.Where(k => k.Algorithms.Contains(token.Algorithm) && (token.KeyId is null || string.Equals(k.Id, token.KeyId, StringComparison.Ordinal))).ToList();
        if (fitting.Count == 0 || (token.KeyId is null && fitting.Count > 1)) return new JwsReading.Refused("unknown_key");
        return fitting.Any(k => k.Verifies(token)) ? new JwsReading.Verified(token.Claims) : new JwsReading.Refused("signature");
    }

    /// <summary>An <c>ES256</c> token of ours with the header <c>{alg, typ, kid}</c> and nothing else in it.</summary>
    /// <param name="key">P-256, with its private part.</param>
    public static string Sign(JsonObject claims, string keyId, ECDsa key)
    {
        if (key.KeySize != 256) throw new ArgumentException("ES256 takes a key on P-256.", nameof(key));
        var header = new JsonObject { ["alg"] = JwsAlgorithm.Es256.Name, ["typ"] = "JWT", ["kid"] = keyId };
        var input = $"{Part(header)}.{Part(claims)}";
        var signature = key.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{input}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Part(JsonObject json) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(json));
}

/// <summary>A token whose form is right. Whoever holds one knows nothing yet: see <see cref="Jws.Verify"/>.</summary>
/// <param name="Type">The header's <c>typ</c>, or null.</param>
public sealed record JwsToken(JwsAlgorithm Algorithm, string? KeyId, string? Type, JsonElement Claims, byte[] SigningInput, byte[] Signature);

/// <summary>What came of reading or verifying a token.</summary>
public abstract record JwsReading
{
    private JwsReading()
    {
    }

    /// <summary>Formed as it should be, not verified.</summary>
    public sealed record Formed(JwsToken Token) : JwsReading;

    /// <param name="Claims">Signed by the key that was asked for; times and names in it are still to be checked.</param>
    public sealed record Verified(JsonElement Claims) : JwsReading;

    /// <param name="Reason"><c>too_long|not_three_parts|not_base64url|not_one_json_object|header_not_understood|algorithm|unknown_key|signature</c>: for the log, not for the caller.</param>
    public sealed record Refused(string Reason) : JwsReading;
}
