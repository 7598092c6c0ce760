using ControlChat.App.Api;
using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Outside;
using ControlChat.Core.Settings;

namespace ControlChat.App.SignIn;

/// <summary>
/// Sign-in by a trusted proxy: a request is the person its headers name, when it comes from a known address and brings the shared secret.
/// The same headers from anybody else are refused and put on the record. The session's cookie is derived from the secret, so that clients
/// without cookies find theirs again; without the headers it opens nothing.
/// </summary>
internal sealed class ProxyDoor(LoadedSettings loaded, KnownProxies proxies, OutsideSignIn outside, BrowserSessions sessions, SignInCookie cookie, ProxyWatch watch, Refusals refusals)
{
    /// <summary>Of the identities that a proxy's headers name.</summary>
    public const string Issuer = "proxy";

    public const string SecretHeader = "X-ControlChat-Proxy";
    private const int MostCharacters = 255;
    private readonly ProxySection _settings = loaded.Options.SignIn.Proxy;
    private readonly int _requestsPerMinute = loaded.Options.Limits.RequestsPerMinute;
    private readonly string _secret = loaded.Secrets.Find("SignIn:Proxy:Secret") ?? "";

    public bool IsOn => _settings.Enabled;

    /// <exception cref="ApiException">400: the headers are not the proxy's; 403: the person may not come in; 429: that was so too often in this minute.</exception>
    public async Task<Principal?> FindAsync(HttpContext context)
    {
        var request = context.Request;
        if (!SaysAnything(request))
        {
            if (!request.Path.StartsWithSegments("/health", StringComparison.OrdinalIgnoreCase)) watch.Missed();
            return null;
        }
        if (!proxies.Knows(context.Connection.RemoteIpAddress)) throw await RefuseAsync(context, "proxy_unknown");
        if (request.Headers[SecretHeader] is not [{ } secret] || !Credential.Matches(_secret, secret)) throw await RefuseAsync(context, "proxy_secret");
        if (request.Headers[_settings.UserHeader].Count == 0) return null;
        // Twice is nobody's: a proxy that adds its header to the browser's own has not deleted that. Two that something on the way made one are still two.
        if (IdentityHeaders.Any(h => request.Headers[h].Count > 1)) throw await RefuseAsync(context, "proxy_header");
        if (One(request, _settings.UserHeader) is not { } user || user.Contains(',', StringComparison.Ordinal)) throw await RefuseAsync(context, "proxy_header");
        watch.Saw();
        return await EnterAsync(context, IdentityOf(request, user));
    }

    private async Task<Principal?> EnterAsync(HttpContext context, OutsideIdentity identity)
    {
        // The request ends here, before the limits of those who come in: whom no rule lets in has a limit of their own.
        var whom = $"{identity.Issuer} {identity.Subject}";
        SlowDown(whom);
        var agent = context.Request.Headers.UserAgent.ToString();
        var brought = cookie.Read(context.Request);
        if (await outside.ResumeAsync(identity, brought, agent, context.RequestAborted) is { } held)
        {
            if (held != brought) cookie.Take(context, held);
            return await sessions.AuthenticateAsync(held, context.RequestAborted);
        }
        var browser = cookie.Of(context, new SigningBrowser(agent));
        var done = await outside.SignInAsync(identity, browser, context.RequestAborted, reason => refusals.RowFor(reason, proxies.NetworkOf(context), whom)) switch
        {
            SignInResult.SignedIn signedIn => signedIn,
            SignInResult.Refused refused => throw ApiException.Denied(SignInWords.OfProxy(refused.Reason)),
            _ => throw new InvalidOperationException(),
        };
        cookie.Take(context, done);
        return await sessions.AuthenticateAsync(done.Cookie, context.RequestAborted);
    }

    private OutsideIdentity IdentityOf(HttpRequest request, string user)
    {
        var groups = request.Headers[_settings.GroupsHeader].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new OutsideIdentity(Issuer, user, "proxy")
        {
            Name = One(request, _settings.NameHeader),
            Email = Emails.Read(One(request, _settings.EmailHeader)),
            LinksByEmail = _settings.TrustEmail,
            Admission = Admission.Of(groups, null, new AdmissionRules(_settings.AdminValues, _settings.MemberValues, [], Open: true)),
            CookieOf = id => Credential.Derive(_secret, "session:" + id),
        };
    }

    private bool SaysAnything(HttpRequest request) =>
        request.Headers[SecretHeader].Count > 0 || IdentityHeaders.Any(h => request.Headers[h].Count > 0);

    private string[] IdentityHeaders => [_settings.UserHeader, _settings.EmailHeader, _settings.NameHeader, _settings.GroupsHeader];

    private static string? One(HttpRequest request, string header) =>
        request.Headers[header] is [{ Length: > 0 and <= MostCharacters } value] && !value.Any(char.IsControl) ? value.Trim() is { Length: > 0 } plain ? plain : null : null;

    private void SlowDown(string whom)
    {
        if (refusals.Wait(whom, _requestsPerMinute) is { } seconds)
            throw new ApiException(429, "rate_limited", $"More than {_requestsPerMinute} refused requests in a minute (Limits:RequestsPerMinute). Try again in {seconds} s.") { RetryAfter = seconds };
    }

    private async Task<ApiException> RefuseAsync(HttpContext context, string reason)
    {
        var network = proxies.NetworkOf(context);
        SlowDown(network);
        await outside.RefuseAsync("proxy", reason, proxies.AddressOf(context), r => refusals.RowFor(r, network, network));
        return new ApiException(400, "proxy_refused", "This request carries headers that only the hub's own proxy may send. Open the hub by the address your organisation gave you.");
    }
}
