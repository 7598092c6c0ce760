using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts.Jose;
using Xunit;
using static ControlChat.Tests.Core.Accounts.Jose.JwsBench;

namespace ControlChat.Tests.Core.Accounts.Jose;

/// <summary>Hostile tokens, each wrong in one way, in the manner of Wycheproof.</summary>
public sealed class JwsTests
{
    private const string R = """{"alg":"RS256","typ":"JWT","kid":"r1"}""";
    private const string E = """{"alg":"ES256","typ":"JWT","kid":"e1"}""";

    [Fact]
    public void The_three_algorithms_verify()
    {
        Assert.Equal("verified", Verdict(Token(R, Rs256)));
        Assert.Equal("verified", Verdict(Token("""{"alg":"PS256","kid":"r1"}""", Ps256)));
        Assert.Equal("verified", Verdict(Token(E, Es256)));
    }

    [Fact]
    public void A_token_of_our_own_has_exactly_its_header_and_verifies_until_a_byte_of_it_is_another()
    {
        var token = Jws.Sign(new JsonObject { ["sub"] = "ada", ["title"] = "Zürich" }, "e1", Ec);
        Assert.Equal("""{"alg":"ES256","typ":"JWT","kid":"e1"}""", Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token.Split('.')[0])));
        var keys = new[] { JwsKey.Of("e1", Ec, JwsAlgorithm.Es256) };
        Assert.Equal("verified", Verdict(token, keys));
        for (var i = 0; i < token.Length; i++)
        {
            var other = token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..];
            Assert.NotEqual("verified", Verdict(other, keys));
        }
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("NONE")]
    [InlineData("nOnE")]
    [InlineData("")]
    [InlineData("rs256")]
    [InlineData("RS256 ")]
    [InlineData("RS512")]
    [InlineData("ES384")]
    [InlineData("EdDSA")]
    [InlineData("HS256")]
    [InlineData("HS512")]
    [InlineData("RSA1_5")]
    [InlineData("dir")]
    public void An_algorithm_outside_the_list_is_refused_by_its_name_alone(string alg)
    {
        Assert.Equal("algorithm", Verdict(Token($$"""{"alg":"{{alg}}","kid":"r1"}""", Rs256)));
        Assert.Equal("not_three_parts", Verdict(Token($$"""{"alg":"{{alg}}","kid":"r1"}""", _ => [])));
    }

    [Theory]
    [InlineData("""{"kid":"r1"}""")]
    [InlineData("""{"alg":null,"kid":"r1"}""")]
    [InlineData("""{"alg":["RS256"],"kid":"r1"}""")]
    [InlineData("""{"alg":{"a":"RS256"},"kid":"r1"}""")]
    [InlineData("""{"alg":256,"kid":"r1"}""")]
    [InlineData("""{"Alg":"RS256","kid":"r1"}""")]
    public void An_algorithm_that_is_no_text_is_refused(string header) => Assert.Equal("algorithm", Verdict(Token(header, Rs256)));

    [Fact]
    public void The_public_key_is_no_shared_secret()
    {
        var forms = new[] { Rsa.ExportSubjectPublicKeyInfo(), Rsa.ExportRSAPublicKey(), Encoding.ASCII.GetBytes(Rsa.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes(Rsa.ExportSubjectPublicKeyInfoPem() + "\n"), Rsa.ExportParameters(false).Modulus! };
        foreach (var secret in forms) Assert.Equal("algorithm", Verdict(Token("""{"alg":"HS256","kid":"r1"}""", input => HMACSHA256.HashData(secret, input))));
    }

    [Fact]
    public void A_key_verifies_only_the_algorithm_it_is_for()
    {
        Assert.Equal("unknown_key", Verdict(Token("""{"alg":"PS256","kid":"r1"}""", Ps256), Keys(RsaJwk(alg: "RS256"))));
        Assert.Equal("unknown_key", Verdict(Token("""{"alg":"ES256","kid":"r1"}""", Es256)));
        Assert.Equal("unknown_key", Verdict(Token("""{"alg":"RS256","kid":"e1"}""", Rs256)));
        Assert.Equal("signature", Verdict(Token("""{"alg":"PS256","kid":"r1"}""", Rs256)));
        Assert.Equal("signature", Verdict(Token("""{"alg":"RS256","kid":"r1"}""", Ps256)));
    }

    [Fact]
    public void A_key_that_the_token_brings_along_is_not_looked_at()
    {
        using var own = RSA.Create(2048);
        byte[] Sign(byte[] input) => own.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=evil", own, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        foreach (var kid in new[] { "r1", "evil" })
        {
            var wanted = kid == "r1" ? "signature" : "unknown_key";
            Assert.Equal(wanted, Verdict(Token(new JsonObject { ["alg"] = "RS256", ["kid"] = kid, ["jwk"] = Jwk(own, kid) }.ToJsonString(), Sign)));
            Assert.Equal(wanted, Verdict(Token(new JsonObject { ["alg"] = "RS256", ["kid"] = kid, ["x5c"] = new JsonArray(Convert.ToBase64String(certificate.RawData)) }.ToJsonString(), Sign)));
            Assert.Equal(wanted, Verdict(Token(new JsonObject { ["alg"] = "RS256", ["kid"] = kid, ["jku"] = "https://evil.example/jwks", ["x5u"] = "https://evil.example/c" }.ToJsonString(), Sign)));
        }
        // The same members beside a signature of ours change nothing.
        Assert.Equal("verified", Verdict(Token(new JsonObject { ["alg"] = "RS256", ["kid"] = "r1", ["jwk"] = Jwk(own, "r1"), ["jku"] = "https://evil.example/jwks" }.ToJsonString(), Rs256)));
    }

    [Theory]
    [InlineData("""{"alg":"RS256","kid":"r1","crit":["exp"],"exp":1}""")]
    [InlineData("""{"alg":"RS256","kid":"r1","crit":[]}""")]
    [InlineData("""{"alg":"RS256","kid":"r1","crit":["b64"],"b64":false}""")]
    [InlineData("""{"alg":"RS256","kid":"r1","b64":false}""")]
    [InlineData("""{"alg":"RS256","kid":"r1","zip":"DEF"}""")]
    [InlineData("""{"alg":"RS256","kid":"r1","enc":"A128GCM"}""")]
    [InlineData("""{"alg":"RS256","kid":1}""")]
    [InlineData("""{"alg":"RS256","kid":""}""")]
    [InlineData("""{"alg":"RS256","kid":null}""")]
    [InlineData("""{"alg":"RS256","kid":"r1","typ":{}}""")]
    public void A_header_that_changes_how_a_token_is_read_is_refused(string header) => Assert.Equal("header_not_understood", Verdict(Token(header, Rs256)));

    [Fact]
    public void A_key_id_must_be_known_and_without_one_there_must_be_one_key_only()
    {
        Assert.Equal("unknown_key", Verdict(Token("""{"alg":"RS256","kid":"r2"}""", Rs256)));
        Assert.Equal("unknown_key", Verdict(Token("""{"alg":"RS256","kid":"R1"}""", Rs256)));
        Assert.Equal("verified", Verdict(Token("""{"alg":"RS256"}""", Rs256)));
        using var other = RSA.Create(2048);
        Assert.Equal("unknown_key", Verdict(Token("""{"alg":"RS256"}""", Rs256), Keys(RsaJwk(), Jwk(other, "r2"))));
        Assert.Equal("unknown_key", Verdict(Token(R, Rs256), []));
    }

    [Fact]
    public void ECDSA_signatures_have_their_one_form_and_length()
    {
        byte[] Changed(byte[] input, Func<byte[], byte[]> change) => change(Es256(input));
        Assert.Equal("signature", Verdict(Token(E, input => Ec.SignData(input, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))));
        Assert.Equal("signature", Verdict(Token(E, input => Changed(input, s => s[..63]))));
        Assert.Equal("signature", Verdict(Token(E, input => Changed(input, s => [.. s, 0]))));
        Assert.Equal("signature", Verdict(Token(E, input => Changed(input, s => [0, .. s[..32], 0, .. s[32..]]))));
        Assert.Equal("signature", Verdict(Token(E, input => Changed(input, s => s[..32]))));
        Assert.Equal("signature", Verdict(Token(E, input => Changed(input, s => [.. new byte[32], .. s[32..]]))));
        Assert.Equal("signature", Verdict(Token(E, input => Changed(input, s => [.. s[..32], .. new byte[32]]))));
        Assert.Equal("signature", Verdict(Token(E, _ => new byte[64])));
        var order = Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
        Assert.Equal("signature", Verdict(Token(E, _ => [.. order, .. order])));
        Assert.Equal("signature", Verdict(Token(E, input => Changed(input, s => [.. s[..32], .. order]))));
    }

    [Fact]
    public void RSA_signatures_are_as_long_as_their_key()
    {
        Assert.Equal("signature", Verdict(Token(R, input => [0, .. Rs256(input)])));
        Assert.Equal("signature", Verdict(Token(R, input => [.. Rs256(input), 0])));
        Assert.Equal("signature", Verdict(Token(R, input => Rs256(input)[..255])));
        Assert.Equal("signature", Verdict(Token(R, _ => new byte[256])));
        Assert.Equal("signature", Verdict(Token(R, _ => [.. new byte[255], 1])));
        Assert.Equal("signature", Verdict(Token("""{"alg":"RS256","kid":"r1"}""", input => Rsa.SignData(input, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1))));
        Assert.Equal("signature", Verdict(Token("""{"alg":"RS256","kid":"r1"}""", input => Rsa.SignData(input, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1))));
    }

    [Fact]
    public void Base64url_has_one_form()
    {
        var parts = Token(R, Rs256).Split('.');
        Assert.Equal("not_base64url", Verdict($"{parts[0]}=.{parts[1]}.{parts[2]}"));
        Assert.Equal("not_base64url", Verdict($"{parts[0]}.{parts[1]}.{parts[2]}=="));
        Assert.Equal("not_base64url", Verdict($"{parts[0]}.{parts[1]}. {parts[2]}"));
        Assert.Equal("not_base64url", Verdict($"{parts[0]}\n.{parts[1]}.{parts[2]}"));
        Assert.Equal("not_base64url", Verdict($"{parts[0]}.{parts[1]}.{parts[2]}AAA"));
        Assert.Equal("not_base64url", Verdict($"{parts[0]}.{parts[1]}.+{parts[2][1..]}"));
        Assert.Equal("not_base64url", Verdict($"{parts[0]}.{parts[1]}.é{parts[2][1..]}"));
        // 256 bytes leave four bits that mean nothing: only their zero form is the signature's text.
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var last = alphabet.IndexOf(parts[2][^1], StringComparison.Ordinal);
        Assert.Equal("not_base64url", Verdict($"{parts[0]}.{parts[1]}.{parts[2][..^1]}{alphabet[last ^ 1]}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a.b")]
    [InlineData("a.b.c.d")]
    [InlineData("a.b.c.d.e")]
    [InlineData("a..c")]
    public void A_token_has_three_parts(string token) => Assert.Equal("not_three_parts", Verdict(token));

    [Theory]
    [InlineData("""{"alg":"RS256","kid":"r1","kid":"r1"}""", Claims)]
    [InlineData("""{"alg":"none","alg":"RS256","kid":"r1"}""", Claims)]
    [InlineData("""{"\u0061lg":"none","alg":"RS256","kid":"r1"}""", Claims)]
    [InlineData(R, """{"sub":"ada","sub":"eve"}""")]
    [InlineData(R, """{"sub":"ada","a":{"b":1,"b":2}}""")]
    [InlineData(R, """{"sub":"ada"} """ + "x")]
    [InlineData(R, """{"sub":"ada"}{}""")]
    [InlineData(R, """["ada"]""")]
    [InlineData(R, "null")]
    [InlineData(R, """{"sub":"\ud800"}""")]
    [InlineData(R, """{"sub":'ada'}""")]
    [InlineData(R, """{"sub":"ada",}""")]
    [InlineData(R, """{"sub":"ada"/**/}""")]
    [InlineData("x", Claims)]
    public void What_is_signed_must_mean_one_thing(string header, string claims) => Assert.Equal("not_one_json_object", Verdict(Token(header, Rs256, claims)));

    [Fact]
    public void Bytes_that_are_no_text_a_byte_order_mark_and_endless_nesting_are_refused()
    {
        byte[] head = Encoding.UTF8.GetBytes(R);
        Assert.Equal("not_one_json_object", Verdict(Token(head, Rs256, [.. "{\"sub\":\""u8, 0xC3, 0x28, .. "\"}"u8])));
        Assert.Equal("not_one_json_object", Verdict(Token(head, Rs256, [0xEF, 0xBB, 0xBF, .. """{"sub":"ada"}"""u8])));
        Assert.Equal("not_one_json_object", Verdict(Token(R, Rs256, """{"a":""" + new string('[', 200) + new string(']', 200) + "}")));
    }

    [Fact]
    public void A_token_longer_than_any_is_not_looked_at() =>
        Assert.Equal("too_long", Verdict(Token(R, Rs256, $$"""{"sub":"{{new string('a', Jws.MaxLength)}}"}""")));

    [Fact]
    public void Claims_of_another_token_do_not_fit_a_signature()
    {
        var (one, two) = (Token(R, Rs256).Split('.'), Token(R, Rs256, """{"sub":"eve"}""").Split('.'));
        Assert.Equal("signature", Verdict($"{one[0]}.{two[1]}.{one[2]}"));
    }
}
