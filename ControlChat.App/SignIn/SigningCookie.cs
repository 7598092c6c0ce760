using ControlChat.App.Start;
using ControlChat.Core.Accounts;

namespace ControlChat.App.SignIn;

/// <summary>
/// A secret for the time of signing in, in a cookie of its own: forms carry a token derived from it, and what goes through a provider is
/// bound to it. It needs no row and no key shared between nodes.
/// </summary>
internal sealed class SigningCookie(OwnAddresses own)
{
    /// <summary>The form field with the token.</summary>
    public const string Field = "form_token";

    private string Name => own.IsTls ? "__Host-cc-signing" : "cc-signing";

    /// <summary>The browser's secret; it gets one when it has none.</summary>
    public string Ensure(HttpContext context)
    {
        if (Read(context) is { } present) return present;
        var fresh = Credential.New();
        context.Response.Cookies.Append(Name, fresh, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = own.IsTls, Path = "/", IsEssential = true });
        return fresh;
    }

    public string? Read(HttpContext context) => context.Request.Cookies[Name] is { } value && Credential.IsWellFormed(value) ? value : null;

    /// <summary>For the forms of a page that this browser gets.</summary>
    public string FormToken(HttpContext context) => TokenOf(Ensure(context));

    /// <summary>Whether the form came from a page of this hub in this browser.</summary>
    public bool Fits(HttpContext context, IFormCollection form) => Read(context) is { } secret && Credential.Matches(TokenOf(secret), form[Field]);

    private static string TokenOf(string secret) => Credential.Derive(secret, "form");
}
