using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts.Jose;

namespace ControlChat.Tests.Core.Accounts.Jose;

/// <summary>Keys and a signer of our own, so that every vector is wrong in one way and right in all others.</summary>
internal static class JwsBench
{
    public const string Claims = """{"sub":"ada","n":1}""";

    public static RSA Rsa { get; } = RSA.Create(2048);

    public static ECDsa Ec { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static JsonObject RsaJwk(string kid = "r1", string? alg = null) => Jwk(Rsa, kid, alg);

    public static JsonObject Jwk(RSA key, string kid, string? alg = null)
    {
        var p = key.ExportParameters(false);
        return With(new JsonObject { ["kty"] = "RSA", ["kid"] = kid, ["use"] = "sig", ["n"] = Base64Url.EncodeToString(p.Modulus), ["e"] = Base64Url.EncodeToString(p.Exponent) }, alg);
    }

    public static JsonObject EcJwk(string kid = "e1", string? alg = null)
    {
        var p = Ec.ExportParameters(false);
        return With(new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["kid"] = kid, ["x"] = Base64Url.EncodeToString(p.Q.X), ["y"] = Base64Url.EncodeToString(p.Q.Y) }, alg);
    }

    public static IReadOnlyList<JwsKey> Keys(params JsonNode[] jwks) => JwsKey.ReadSet(JsonSerializer.SerializeToElement(new JsonObject { ["keys"] = new JsonArray(jwks) }));

    public static IReadOnlyList<JwsKey> Both { get; } = Keys(RsaJwk(), EcJwk());

    public static byte[] Rs256(byte[] input) => Rsa.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    public static byte[] Ps256(byte[] input) => Rsa.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);

    public static byte[] Es256(byte[] input) => Ec.SignData(input, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public static string Token(string header, Func<byte[], byte[]> sign, string claims = Claims) => Token(Encoding.UTF8.GetBytes(header), sign, Encoding.UTF8.GetBytes(claims));

    public static string Token(byte[] header, Func<byte[], byte[]> sign, byte[] claims)
    {
        var input = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(claims)}";
        return $"{input}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(input)))}";
    }

    /// <summary>The reason of a refusal; "verified" when there is none.</summary>
    public static string Verdict(string token, IReadOnlyList<JwsKey>? keys = null)
    {
        var reading = Jws.Read(token);
        if (reading is JwsReading.Formed { Token: { } formed }) reading = Jws.Verify(formed, keys ?? Both);
        return reading is JwsReading.Refused refused ? refused.Reason : "verified";
    }

    private static JsonObject With(JsonObject jwk, string? alg)
    {
        if (alg is not null) jwk["alg"] = alg;
        return jwk;
    }
}
