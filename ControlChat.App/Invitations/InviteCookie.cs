using ControlChat.App.Start;
using ControlChat.Core.Accounts;

namespace ControlChat.App.Invitations;

/// <summary>
/// Keeps the token of the invitation that a browser opened while its person signs in: out of the address, so that it stands in no history,
/// no row of a sign-in on its way and no address to come back to.
/// </summary>
internal sealed class InviteCookie(OwnAddresses own)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private string Name => own.IsTls ? "__Host-cc-invite" : "cc-invite";

    public string? Read(HttpRequest request) => request.Cookies[Name] is { } value && Credential.IsWellFormed(value) ? value : null;

    public void Write(HttpResponse response, string token) => response.Cookies.Append(Name, token, Options(Lifetime));

    public void Remove(HttpContext context)
    {
        if (context.Request.Cookies.ContainsKey(Name)) context.Response.Cookies.Append(Name, "", Options(TimeSpan.Zero));
    }

    private CookieOptions Options(TimeSpan maxAge) => new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = own.IsTls, Path = "/", MaxAge = maxAge, IsEssential = true };
}
