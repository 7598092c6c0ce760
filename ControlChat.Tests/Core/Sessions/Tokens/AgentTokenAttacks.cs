using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ControlChat.Tests.Core.Sessions.Tokens;

/// <param name="Reason">What it must be refused for.</param>
internal sealed record Attack(string Name, string Token, string Reason);

/// <summary>Tokens that are wrong in one way, and right in all others where that can be.</summary>
internal sealed class AgentTokenAttacks(AgentTokenBench bench) : IDisposable
{
    private readonly ECDsa _foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly RSA _rsa = RSA.Create(2048);

    public IEnumerable<Attack> All() => [.. Unsigned(), .. SharedSecrets(), .. Algorithms(), .. BroughtKeys(), .. KeyNames(), .. Headers(), .. Signatures(), .. Texts(), .. Bodies(), .. new AgentTokenClaimAttacks(bench).All()];

    public void Dispose()
    {
        _foreign.Dispose();
        _rsa.Dispose();
    }

    private IEnumerable<Attack> Unsigned()
    {
        for (var bits = 0; bits < 16; bits++)
        {
            var none = string.Concat("none".Select((c, i) => (bits >> i & 1) == 1 ? char.ToUpperInvariant(c) : c));
            var header = bench.Header.Replace("ES256", none, StringComparison.Ordinal);
            yield return new($"alg {none}, signed", bench.Token(header), "algorithm");
            yield return new($"alg {none}, one byte", bench.Token(header, sign: _ => [0]), "algorithm");
            yield return new($"alg {none}, nothing", bench.Token(header, sign: _ => []), "not_three_parts");
        }
    }

    // The public key is no secret: who knows it could sign whatever they like, if it were taken for one.
    private IEnumerable<Attack> SharedSecrets()
    {
        var point = bench.Ec.ExportParameters(false).Q;
        byte[][] secrets =
        [
            bench.Ec.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(bench.Ec.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes(bench.Ec.ExportSubjectPublicKeyInfoPem() + "\n"),
            [.. point.X!, .. point.Y!], [4, .. point.X!, .. point.Y!], Encoding.ASCII.GetBytes(bench.KeyId), [], [0],
        ];
        foreach (var (secret, i) in secrets.Select((s, i) => (s, i)))
        {
            yield return new($"HS256 by secret {i}", bench.Token(bench.Header.Replace("ES256", "HS256", StringComparison.Ordinal), sign: input => HMACSHA256.HashData(secret, input)), "algorithm");
            yield return new($"HS512 by secret {i}", bench.Token(bench.Header.Replace("ES256", "HS512", StringComparison.Ordinal), sign: input => HMACSHA512.HashData(secret, input)), "algorithm");
            yield return new($"ES256 with a MAC by secret {i}", bench.Token(sign: input => HMACSHA512.HashData(secret, input)), "signature");
        }
    }

    private IEnumerable<Attack> Algorithms()
    {
        foreach (var alg in new[] { "\"es256\"", "\"Es256\"", "\"ES256 \"", "\" ES256\"", "\"ES384\"", "\"ES512\"", "\"ES256K\"", "\"EdDSA\"", "\"\"", "null", "1", "[\"ES256\"]", "{}", "true", "\"ES256\\u0000\"" })
            yield return new($"alg {alg}", bench.Token(bench.Header.Replace("\"ES256\"", alg, StringComparison.Ordinal)), "algorithm");
        yield return new("no alg", bench.Token($$"""{"typ":"JWT","kid":"{{bench.KeyId}}"}"""), "algorithm");
        yield return new("RS256 by another's key", bench.Token(bench.Header.Replace("ES256", "RS256", StringComparison.Ordinal), sign: i => _rsa.SignData(i, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)), "header");
        yield return new("PS256 by another's key", bench.Token(bench.Header.Replace("ES256", "PS256", StringComparison.Ordinal), sign: i => _rsa.SignData(i, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)), "header");
    }

    private IEnumerable<Attack> BroughtKeys()
    {
        var q = _foreign.ExportParameters(false).Q;
        var jwk = $$"""{"kty":"EC","crv":"P-256","x":"{{Base64Url.EncodeToString(q.X)}}","y":"{{Base64Url.EncodeToString(q.Y)}}"}""";
        foreach (var (name, value) in new[] { ("jwk", jwk), ("jku", "\"https://evil.example/keys\""), ("x5u", "\"https://evil.example/c\""), ("x5c", "[\"MIIB\"]"), ("x5t", "\"AA\""), ("cty", "\"JWT\""), ("epk", jwk), ("foo", "1"), ("alg2", "\"none\"") })
        {
            var header = $$"""{"alg":"ES256","typ":"JWT","kid":"{{bench.KeyId}}","{{name}}":{{value}}}""";
            yield return new($"{name}, signed by it", bench.Token(header, sign: Foreign), "header");
            yield return new($"{name}, signed by ours", bench.Token(header), "header");
        }
        foreach (var (name, value) in new[] { ("crit", "[\"exp\"]"), ("crit", "[]"), ("b64", "false"), ("b64", "true"), ("zip", "\"DEF\""), ("enc", "\"A128GCM\"") })
            yield return new($"{name} {value}", bench.Token($$"""{"alg":"ES256","typ":"JWT","kid":"{{bench.KeyId}}","{{name}}":{{value}}}"""), "header_not_understood");
        yield return new("another hub's key under our name", bench.Token(sign: Foreign), "signature");
        yield return new("another hub's key under its own name", bench.Token($$"""{"alg":"ES256","typ":"JWT","kid":"0123456789abcdef"}""", sign: Foreign), "header");
    }

    private IEnumerable<Attack> KeyNames()
    {
        foreach (var kid in new[] { "x", bench.KeyId + "0", bench.KeyId[..^1], bench.KeyId.ToUpperInvariant() + "A", " " + bench.KeyId, "../../keys/session-tokens.pem", "/dev/null", "' or '1'='1", "x' union select 'AA", "https://evil.example/k", "audit-signing", new string('k', 256), "\\u0000" })
            yield return new($"kid {kid[..Math.Min(kid.Length, 30)]}", bench.Token($$"""{"alg":"ES256","typ":"JWT","kid":"{{kid}}"}"""), "header");
        foreach (var kid in new[] { "\"\"", "null", "1", "[]", "{}", $"[\"{bench.KeyId}\"]", $"\"{new string('k', 257)}\"" })
            yield return new($"kid {kid[..Math.Min(kid.Length, 30)]} by form", bench.Token($$"""{"alg":"ES256","typ":"JWT","kid":{{kid}}}"""), "header_not_understood");
        yield return new("no kid", bench.Token("""{"alg":"ES256","typ":"JWT"}"""), "header");
    }

    private IEnumerable<Attack> Headers()
    {
        var kid = bench.KeyId;
        foreach (var typ in new[] { "jwt", "JOSE", "at+jwt", "JWT ", "x" })
            yield return new($"typ {typ}", bench.Token($$"""{"alg":"ES256","typ":"{{typ}}","kid":"{{kid}}"}"""), "header");
        foreach (var typ in new[] { "\"\"", "null", "1", "[]" })
            yield return new($"typ {typ} by form", bench.Token($$"""{"alg":"ES256","typ":{{typ}},"kid":"{{kid}}"}"""), "header_not_understood");
        yield return new("no typ", bench.Token($$"""{"alg":"ES256","kid":"{{kid}}"}"""), "header");
        yield return new("another order", bench.Token($$"""{"typ":"JWT","alg":"ES256","kid":"{{kid}}"}"""), "header");
        yield return new("room in it", bench.Token($$"""{"alg": "ES256","typ":"JWT","kid":"{{kid}}"}"""), "header");
        yield return new("an escape in it", bench.Token($$"""{"alg":"\u0045S256","typ":"JWT","kid":"{{kid}}"}"""), "header");
        foreach (var twice in new[] { "\"alg\":\"none\",\"alg\":\"ES256\"", "\"alg\":\"ES256\",\"alg\":\"none\"", "\"alg\":\"ES256\",\"alg\":\"ES256\"", "\"alg\":\"ES256\",\"\\u0061lg\":\"none\"" })
            yield return new($"twice {twice}", bench.Token($$"""{{{twice}},"typ":"JWT","kid":"{{kid}}"}"""), "not_one_json_object");
        foreach (var text in new[] { "", "[]", "\"ES256\"", "null", "{", bench.Header + " x", bench.Header + bench.Header, "\ufeff" + bench.Header })
            yield return new($"header {text[..Math.Min(text.Length, 10)]}", bench.Token(text), text.Length == 0 ? "not_three_parts" : "not_one_json_object");
        yield return new("header that is no UTF-8", bench.Token([0xff, .. Encoding.UTF8.GetBytes(bench.Header)], "{}"u8.ToArray()), "not_one_json_object");
    }

    private IEnumerable<Attack> Signatures()
    {
        for (var length = 1; length < 64; length++) yield return new($"the first {length} bytes", bench.Token(sign: i => bench.Sign(i)[..length]), "signature");
        for (var at = 0; at < 64; at++) yield return new($"byte {at} changed", bench.Token(sign: i => Changed(bench.Sign(i), at)), "signature");
        yield return new("DER", bench.Token(sign: i => bench.Ec.SignData(i, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)), "signature");
        yield return new("r and s are zero", bench.Token(sign: _ => new byte[64]), "signature");
        yield return new("r is zero", bench.Token(sign: i => [.. new byte[32], .. bench.Sign(i)[32..]]), "signature");
        yield return new("s is zero", bench.Token(sign: i => [.. bench.Sign(i)[..32], .. new byte[32]]), "signature");
        yield return new("all ones", bench.Token(sign: _ => [.. Enumerable.Repeat((byte)0xff, 64)]), "signature");
        yield return new("the order of the curve", bench.Token(sign: _ => [.. Order, .. Order]), "signature");
        yield return new("r and s the other way round", bench.Token(sign: i => bench.Sign(i) is var s ? [.. s[32..], .. s[..32]] : []), "signature");
        yield return new("one byte more", bench.Token(sign: i => [.. bench.Sign(i), 0]), "signature");
        yield return new("a zero before", bench.Token(sign: i => [0, .. bench.Sign(i)]), "signature");
        yield return new("over another text", bench.Token(sign: i => bench.Sign([.. i, 0])), "signature");
        yield return new("over another digest", bench.Token(sign: i => bench.Ec.SignData(i, HashAlgorithmName.SHA512, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)), "signature");
        var right = bench.Token().Split('.');
        foreach (var claim in new[] { "workspace", "session", "sub", "tier", "exp", "iss", "aud", "scopes", "jti", "config" })
            yield return new($"{claim} changed afterwards", $"{right[0]}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(bench.Claims(c => c[claim] = "ws_2").ToJsonString()))}.{right[2]}", "signature");
    }

    private IEnumerable<Attack> Texts()
    {
        var right = bench.Token();
        var parts = right.Split('.');
        foreach (var stray in new[] { " ", "\n", "\r\n", "\t", "\0", "=", "==", "\u200b", "\ufeff", "+", "/", "%2E", "Bearer ", "ü" })
        {
            yield return new($"'{stray}' behind", right + stray, "not_base64url");
            yield return new($"'{stray}' before", stray + right, "not_base64url");
            yield return new($"'{stray}' behind the header", $"{parts[0]}{stray}.{parts[1]}.{parts[2]}", "not_base64url");
            yield return new($"'{stray}' behind the claims", $"{parts[0]}.{parts[1]}{stray}.{parts[2]}", "not_base64url");
        }
        // 64 bytes are 86 characters, of which the last has four bits that mean nothing.
        yield return new("stray bits", right[..^1] + (char)(right[^1] + 1), "not_base64url");
        foreach (var text in new[] { ".", "..", "a", $".{right}", $"{right}.", $"{parts[0]}.{parts[1]}", $"{parts[0]}.{parts[1]}.", $".{parts[1]}.{parts[2]}", $"{parts[0]}..{parts[2]}", $"{right}.{parts[2]}", $"{right}.{right}" })
            yield return new($"{text.Count(c => c == '.')} dots, {text.Length}", text, "not_three_parts");
        yield return new("huge", $"{parts[0]}.{new string('A', 16 * 1024)}.{parts[2]}", "too_long");
        yield return new("a million", new string('A', 1_000_000), "too_long");
    }

    private IEnumerable<Attack> Bodies()
    {
        foreach (var text in new[] { "[]", "\"x\"", "1", "null", "{", "{}x", "{}{}", "\ufeff{}", """{"a":1,}""", """{"a":"\ud800"}""", string.Concat(Enumerable.Repeat("""{"a":""", 20)) + "1" + new string('}', 20), "// x\n{}" })
            yield return new($"claims {text[..Math.Min(text.Length, 12)]}", bench.Token(claims: text), "not_one_json_object");
        yield return new("claims that are no UTF-8", bench.Token(Encoding.UTF8.GetBytes(bench.Header), [(byte)'{', 0xff, (byte)'}']), "not_one_json_object");
        foreach (var (name, value) in bench.Claims())
            yield return new($"{name} twice", bench.Token(claims: bench.Claims().ToJsonString()[..^1] + $",\"{name}\":{value!.ToJsonString()}}}"), "not_one_json_object");
    }

    private byte[] Foreign(byte[] input) => AgentTokenBench.SignWith(_foreign, input);

    private static byte[] Changed(byte[] bytes, int at)
    {
        bytes[at] ^= 0x10;
        return bytes;
    }

    private static byte[] Order => Convert.FromHexString("FFFFFFFF00000000" + "FFFFFFFFFFFFFFFF" + "BCE6FAADA7179E84" + "F3B9CAC2FC632551");
}
