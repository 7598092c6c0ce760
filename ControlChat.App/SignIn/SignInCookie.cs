using ControlChat.App.Start;
using ControlChat.Core.Accounts;

namespace ControlChat.App.SignIn;

/// <summary>The browser's key: host-only, unreadable for scripts, and behind TLS under a name that a browser takes from this host alone.</summary>
internal sealed class SignInCookie(OwnAddresses own, KnownBrowserCookie known)
{
    public string Name => own.IsTls ? "__Host-cc" : "cc";

    /// <summary>The session's secret: as the browser sent it, or as this request has just got it.</summary>
    public string? Read(HttpRequest request) => request.HttpContext.Items[typeof(SignInCookie)] as string ?? (request.Cookies[Name] is { Length: > 0 } value ? value : null);

    /// <summary>From now on in this request, and in the browser after it.</summary>
    public void Take(HttpContext context, string value)
    {
        context.Items[typeof(SignInCookie)] = value;
        Write(context.Response, value);
    }

    /// <summary>The same for somebody who has just signed in, with what that leaves in the browser beside it.</summary>
    public void Take(HttpContext context, SignInResult.SignedIn done)
    {
        Take(context, done.Cookie);
        known.Write(context.Response, done);
    }

    /// <summary>All that a sign-in leaves in its browser.</summary>
    public void Write(HttpResponse response, SignInResult.SignedIn done)
    {
        Write(response, done.Cookie);
        known.Write(response, done);
    }

    /// <summary>The browser with what an earlier sign-in left in it.</summary>
    public SigningBrowser Of(HttpContext context, SigningBrowser browser) => known.Of(context, browser);

    private void Write(HttpResponse response, string value) => response.Cookies.Append(Name, value, Options(BrowserSessions.Lifetime));

    public void Remove(HttpResponse response) => response.Cookies.Append(Name, "", Options(TimeSpan.Zero));

    private CookieOptions Options(TimeSpan maxAge) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = own.IsTls,
        Path = "/",
        MaxAge = maxAge,
        IsEssential = true,
    };
}
