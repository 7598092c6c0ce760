using System.Text.Json;
using ControlChat.Core.Accounts.Jose;

namespace ControlChat.Core.Accounts.OpenId;

/// <summary>What of a provider's discovery document is used (OpenID Connect Discovery 1.0, 3).</summary>
/// <param name="TakesBasic">The token endpoint takes client secrets by HTTP Basic, which is the default.</param>
internal sealed record OpenIdMetadata(string Issuer, Uri AuthorizationEndpoint, Uri TokenEndpoint, Uri KeysAddress, bool TakesBasic)
{
    /// <param name="authority">As configured: the document must be of this issuer and no other.</param>
    /// <exception cref="OpenIdException">It is another's, or lacks an endpoint.</exception>
    public static OpenIdMetadata Read(JsonElement document, string authority)
    {
        var issuer = document.Text("issuer");
        if (issuer?.TrimEnd('/') != authority) throw new OpenIdException("provider_unreachable", $"The discovery document of '{authority}' names another issuer.");
        var methods = document.TryGetProperty("token_endpoint_auth_methods_supported", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(m => m.ValueKind == JsonValueKind.String).Select(m => m.GetString()).ToList() : ["client_secret_basic"];
        return new OpenIdMetadata(
            issuer, Endpoint(document, "authorization_endpoint"), Endpoint(document, "token_endpoint"), Endpoint(document, "jwks_uri"), methods.Contains("client_secret_basic"));
    }

    private static Uri Endpoint(JsonElement document, string name) =>
        Uri.TryCreate(document.Text(name), UriKind.Absolute, out var uri) && OpenIdWords.IsSafe(uri)
            ? uri : throw new OpenIdException("provider_unreachable", $"The discovery document has no {name} over https.");
}

/// <summary>Small rules about what providers send.</summary>
public static class OpenIdWords
{
    /// <summary>Over TLS, or on this machine.</summary>
    public static bool IsSafe(Uri uri) => uri.UserInfo.Length == 0 && (uri.Scheme == "https" || (uri.Scheme == "http" && uri.IsLoopback));

    /// <summary>An error code as it may be shown: providers send words of their own choice.</summary>
    public static string Code(string? error) => error is { Length: > 0 and <= 40 } && error.All(static c => char.IsAsciiLetterLower(c) || c == '_') ? error : "an error";
}
