namespace ControlChat.Core.Settings;

/// <summary>What must go together among the ways to sign in.</summary>
internal static class SignInRules
{
    private const int LeastSecret = 16;

    public static IEnumerable<string> Faults(HubOptions options, HubSecrets secrets) => Providers(options.SignIn.Providers, secrets).Concat(options.SignIn.Proxy.Enabled ? Proxy(options.SignIn, secrets) : []);

    private static IEnumerable<string> Providers(IReadOnlyList<SignInProvider> providers, HubSecrets secrets)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (provider, i) in providers.Select((p, i) => (p, i)))
        {
            var key = $"SignIn:Providers:{i}";
            if (provider.Name.Length == 0 || provider.Authority is null || provider.ClientId.Length == 0) yield return $"{key} needs a Name, an Authority and a ClientId.";
            else if (!names.Add(string.Concat(provider.Name.Where(char.IsAsciiLetterOrDigit)))) yield return $"{key}:Name is '{provider.Name}', too like another provider's; use a name of its own.";
            if (provider.Authority is { } authority && !(new Uri(authority) is { } uri && (uri.Scheme == "https" || uri.IsLoopback))) yield return $"{key}:Authority is '{authority}'; use https (http is for this machine only).";
            if (provider.AdminValues.Count + provider.MemberValues.Count > 0 && provider.RoleClaim is null) yield return $"{key}:RoleClaim is not set while AdminValues or MemberValues are; name the claim they stand in.";
            if (secrets.Find($"{key}:ClientSecret") is { Length: > 500 }) yield return $"{key}:ClientSecret is too long; use at most 500 characters.";
        }
    }

    private static IEnumerable<string> Proxy(SignInSection signIn, HubSecrets secrets)
    {
        if (signIn.Proxy.KnownProxies.Count == 0) yield return "SignIn:Proxy:KnownProxies is empty while SignIn:Proxy:Enabled is true; name the proxy's address or network.";
        if (secrets.Find("SignIn:Proxy:Secret") is not { Length: >= LeastSecret })
            yield return $"SignIn:Proxy:Secret is not set or too short; SignIn:Proxy:Enabled needs it; set the environment variable SignIn__Proxy__Secret to at least {LeastSecret} characters.";
        if (signIn.Link == true) yield return "SignIn:Link is true while SignIn:Proxy:Enabled is true; use false.";
        if (signIn.Password == true) yield return "SignIn:Password is true while SignIn:Proxy:Enabled is true; use false.";
        if (signIn.Providers.Count > 0) yield return "SignIn:Providers has entries while SignIn:Proxy:Enabled is true; use one or the other.";
        if (new[] { signIn.Proxy.UserHeader, signIn.Proxy.EmailHeader, signIn.Proxy.NameHeader, signIn.Proxy.GroupsHeader }.Distinct(StringComparer.OrdinalIgnoreCase).Count() < 4)
            yield return "SignIn:Proxy has one header for two things; use a header of its own for each.";
    }
}
