namespace ControlChat.Core.Settings;

/// <summary>The ways into this hub.</summary>
public sealed record SignInSection
{
    /// <summary>One-time links; null means on for sqlite, off for postgres and behind a proxy.</summary>
    public bool? Link { get; init; }

    /// <summary>Hub accounts with passwords; null means off for sqlite and behind a proxy, on for postgres.</summary>
    public bool? Password { get; init; }
    public IReadOnlyList<SignInProvider> Providers { get; init; } = [];
    public ProxySection Proxy { get; init; } = new();
}

/// <summary>An OpenID Connect provider. Its client secret comes from the environment: <c>SignIn__Providers__0__ClientSecret</c>.</summary>
public sealed record SignInProvider
{
    /// <summary>For people, and (in small letters, with dashes) in the redirect address.</summary>
    public string Name { get; init; } = "";

    /// <summary>The issuer; https, or http on this machine.</summary>
    public string? Authority { get; init; }
    public string ClientId { get; init; } = "";

    /// <summary>Beside <c>openid</c>; none means <c>profile</c> and <c>email</c>.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>The claim that <see cref="AdminValues"/> and <see cref="MemberValues"/> are looked for in.</summary>
    public string? RoleClaim { get; init; }
    public IReadOnlyList<string> AdminValues { get; init; } = [];

    /// <summary>When there are any, nobody without one of the lists' values comes in.</summary>
    public IReadOnlyList<string> MemberValues { get; init; } = [];

    /// <summary>Domains of verified e-mail addresses; when there are any, nobody else comes in.</summary>
    public IReadOnlyList<string> AllowedDomains { get; init; } = [];

    /// <summary>Whether a verified e-mail address is enough to take an existing account for the same person.</summary>
    public bool TrustEmail { get; init; }
}

/// <summary>A proxy in front that signs people in. Its shared secret comes from the environment: <c>SignIn__Proxy__Secret</c>.</summary>
public sealed record ProxySection
{
    public bool Enabled { get; init; }

    /// <summary>Addresses or networks; loopback is not implied. With <see cref="Enabled"/> off they only say whose <c>X-Forwarded-For</c> is believed.</summary>
    public IReadOnlyList<string> KnownProxies { get; init; } = [];
    public string UserHeader { get; init; } = "X-Forwarded-User";
    public string EmailHeader { get; init; } = "X-Forwarded-Email";
    public string NameHeader { get; init; } = "X-Forwarded-Preferred-Username";
    public string GroupsHeader { get; init; } = "X-Forwarded-Groups";
    public IReadOnlyList<string> AdminValues { get; init; } = [];

    /// <summary>When there are any, nobody without one of the lists' values comes in.</summary>
    public IReadOnlyList<string> MemberValues { get; init; } = [];

    /// <summary>Whether the e-mail header is enough to take an existing account for the same person.</summary>
    public bool TrustEmail { get; init; }
}

/// <summary>Which ways in are open by these settings.</summary>
public static class SignInWays
{
    public static bool SignsInByLink(this HubOptions options) => options.SignIn.Link ?? (options.Hub.Store == "sqlite" && !options.SignIn.Proxy.Enabled);

    public static bool SignsInByPassword(this HubOptions options) => options.SignIn.Password ?? (options.Hub.Store == "postgres" && !options.SignIn.Proxy.Enabled);
}
