using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ControlChat.Core.Accounts.Jose;

namespace ControlChat.Core.Accounts.OpenId;

/// <summary>What an id_token must say (OpenID Connect Core 1.0, 3.1.3.7), once its signature is known to be right.</summary>
/// <param name="Issuer">Exactly.</param>
/// <param name="ClientId">Us.</param>
/// <param name="Nonce">Of this one sign-in.</param>
/// <param name="AccessToken">That came with it, or null.</param>
internal sealed record IdTokenRules(string Issuer, string ClientId, string Nonce, string? AccessToken, DateTimeOffset Now)
{
    /// <summary>A token is used at once; five minutes in the past is what Entra ID writes.</summary>
    private static readonly TimeSpan Oldest = TimeSpan.FromMinutes(15);

    /// <returns>The name of the claim that is not as it should be; null when all are.</returns>
    public string? Fault(JsonElement claims) =>
        claims.Text("iss") != Issuer ? "iss"
        : claims.Text("sub") is not { Length: > 0 and <= 255 } subject || subject.Any(char.IsControl) ? "sub"
        : !IsForUs(claims) ? "aud"
        : !JwtTimes.Holds(claims, Now) ? "exp"
        : JwtTimes.Time(claims, "iat") is not { } made || made > Now + JwtTimes.Skew || made < Now - Oldest ? "iat"
        : !Credential.Matches(Nonce, claims.Text("nonce")) ? "nonce"
        : !FitsAccessToken(claims) ? "at_hash"
        : null;

    private bool IsForUs(JsonElement claims)
    {
        if (!claims.TryGetProperty("aud", out var audience)) return false;
        var party = claims.TryGetProperty("azp", out _);
        if (party && claims.Text("azp") != ClientId) return false;
        if (audience.ValueKind == JsonValueKind.String) return audience.GetString() == ClientId;
        if (audience.ValueKind != JsonValueKind.Array) return false;
        var all = audience.EnumerateArray().Select(a => a.ValueKind == JsonValueKind.String ? a.GetString() : null).ToList();
        // For others too: then the provider must say that it was us who asked.
        return all.Contains(ClientId) && (all.Count == 1 || party);
    }

    private bool FitsAccessToken(JsonElement claims)
    {
        if (!claims.TryGetProperty("at_hash", out _)) return true;
        if (AccessToken is null) return false;
        var half = SHA256.HashData(Encoding.UTF8.GetBytes(AccessToken)).AsSpan(0, 16);
        return Credential.Matches(Base64Url.EncodeToString(half), claims.Text("at_hash"));
    }
}
