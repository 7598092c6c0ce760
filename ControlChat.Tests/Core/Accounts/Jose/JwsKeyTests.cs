using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts.Jose;
using Xunit;
using static ControlChat.Tests.Core.Accounts.Jose.JwsBench;

namespace ControlChat.Tests.Core.Accounts.Jose;

/// <summary>Which keys of a provider's set are used, and which are passed over.</summary>
public sealed class JwsKeyTests
{
    [Fact]
    public void Keys_of_a_set_are_for_the_algorithms_they_say_or_fit()
    {
        Assert.Equal(["RS256", "PS256"], Assert.Single(Keys(RsaJwk())).Algorithms.Select(a => a.Name));
        Assert.Equal(["PS256"], Assert.Single(Keys(RsaJwk(alg: "PS256"))).Algorithms.Select(a => a.Name));
        Assert.Equal(["ES256"], Assert.Single(Keys(EcJwk())).Algorithms.Select(a => a.Name));
    }

    [Fact]
    public void A_short_or_strange_RSA_key_is_no_key()
    {
        using var small = RSA.Create(1024);
        Assert.Empty(Keys(Jwk(small, "r1")));
        using var nearly = RSA.Create(2040);
        Assert.Empty(Keys(Jwk(nearly, "r1")));
        foreach (var exponent in new byte[][] { [1], [0], [2], [1, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0, 1] })
        {
            var jwk = RsaJwk();
            jwk["e"] = Base64Url.EncodeToString(exponent);
            Assert.Empty(Keys(jwk));
        }
        Assert.Throws<ArgumentException>(() => JwsKey.Of("r1", small, JwsAlgorithm.Rs256));
        Assert.Throws<ArgumentException>(() => JwsKey.Of("r1", Rsa, JwsAlgorithm.Es256));
    }

    [Fact]
    public void Keys_for_other_things_are_passed_over_and_do_not_hide_the_good_one()
    {
        var off = EcJwk("off");
        off["y"] = Base64Url.EncodeToString(new byte[32]);
        JsonNode[] others =
        [
            new JsonObject { ["kty"] = "oct", ["kid"] = "s", ["k"] = Base64Url.EncodeToString(new byte[32]) },
            With(RsaJwk("enc"), "use", "enc"), With(RsaJwk("no-text"), "use", 1), With(RsaJwk("ops"), "key_ops", new JsonArray("encrypt")),
            RsaJwk("hs", "HS256"), RsaJwk("rs512", "RS512"), EcJwk("es-as-rs", "RS256"), With(EcJwk("curve"), "crv", "P-384"), off,
            With(RsaJwk("padded"), "n", RsaJwk()["n"]!.GetValue<string>() + "=="), new JsonObject { ["kty"] = "RSA" }, new JsonArray(), JsonValue.Create("x"),
        ];
        Assert.Equal(["r1"], Keys([.. others, RsaJwk()]).Select(k => k.Id));
    }

    private static JsonObject With(JsonObject jwk, string name, JsonNode value)
    {
        jwk[name] = value;
        return jwk;
    }
}
