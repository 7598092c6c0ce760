using ControlChat.App.Start;
using ControlChat.Core.Accounts;

namespace ControlChat.App.SignIn;

/// <summary>
/// What a sign-in leaves in a browser beyond the session: who signs in after somebody is known to, and others' guesses of a password do not keep
/// its person waiting. It opens nothing.
/// </summary>
internal sealed class KnownBrowserCookie(OwnAddresses own)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);

    private string Name => own.IsTls ? "__Host-cc-known" : "cc-known";

    /// <summary>The browser with what it brings.</summary>
    public SigningBrowser Of(HttpContext context, SigningBrowser browser) => browser with { Mark = context.Request.Cookies[Name] };

    public void Write(HttpResponse response, SignInResult.SignedIn done)
    {
        if (done.Mark is { } mark)
            response.Cookies.Append(Name, mark, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = own.IsTls, Path = "/", MaxAge = Lifetime, IsEssential = true });
    }
}
