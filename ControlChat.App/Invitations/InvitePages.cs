using ControlChat.App.SignIn;
using ControlChat.Core.Accounts;
using ControlChat.Core.Tools.Invitations;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ControlChat.App.Invitations;

/// <summary>What the page of an invitation shows to whom, and what a browser keeps of it.</summary>
internal sealed class InvitePages(SignInPages signIn, InvitationDoor door, SigningCookie signing)
{
    public async Task<InviteView> ViewAsync(HttpContext context, Principal? person, params IReadOnlyList<InvitationOffer> offers) =>
        new(offers, await signIn.ViewAsync(context, InviteEndpoints.Path, again: false), person?.Name);

    /// <summary>The page that opens a link, which says whether an invitation waits for whoever is signed in.</summary>
    public IResult Ask(HttpContext context, Principal? person) =>
        new RazorComponentResult<OpenInvitePage>(new { FormToken = signing.FormToken(context), SignedIn = person is not null });

    public async Task<InviteView> WaitingAsync(HttpContext context, Principal person, CancellationToken cancellationToken) =>
        await ViewAsync(context, person, [.. await door.WaitingAsync(person, cancellationToken)]);

    public SigningBrowser BrowserOf(HttpContext context) => signIn.BrowserOf(context);

    public void Keep(HttpContext context, SignInResult.SignedIn done) => signIn.Keep(context, done);

    public static IResult Show(InviteView view, int status) => new RazorComponentResult<InvitePage>(new { View = view }) { StatusCode = status };
}
