using ControlChat.Core.Accounts.Outside;

namespace ControlChat.Core.Accounts.OpenId;

/// <summary>One provider as the operator set it. Not a record: nothing prints its secret.</summary>
public sealed class OpenIdClient
{
    /// <summary>For people: "Microsoft Entra ID".</summary>
    public required string Name { get; init; }

    /// <summary>In addresses: "microsoft-entra-id".</summary>
    public string Slug => SlugOf(Name);

    /// <summary>The issuer, without a slash at the end.</summary>
    public required string Authority { get; init; }
    public required string ClientId { get; init; }

    /// <summary>Null for a public client, which PKCE alone protects.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>Beside <c>openid</c>.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>The claim with the person's groups or roles, or null.</summary>
    public string? RoleClaim { get; init; }
    public required AdmissionRules Rules { get; init; }

    /// <summary>Whether its <c>email_verified</c> is enough to take an existing account for the same person.</summary>
    public bool TrustEmail { get; init; }

    public static string SlugOf(string name) =>
        string.Join('-', string.Concat(name.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries));
}

/// <summary>All providers of this hub, in the order they are shown.</summary>
public sealed record OpenIdClients(IReadOnlyList<OpenIdClient> All)
{
    public OpenIdClient? Find(string slug) => All.FirstOrDefault(c => c.Slug == slug);
}
