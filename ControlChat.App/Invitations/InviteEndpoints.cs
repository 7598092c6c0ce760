using System.Globalization;
using ControlChat.App.Api;
using ControlChat.App.SignIn;
using ControlChat.Core.Accounts;
using ControlChat.Core.Tools.Invitations;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ControlChat.App.Invitations;

/// <summary>
/// The page behind the link of an invitation. Whatever is wrong with a link, its page and status are the same; why stands on the record.
/// Looking uses nothing up: mail scanners and previews look, too. The link's key stands behind '#', so it is in no request line and in nobody's
/// log; the page's script posts it, and the browser keeps it in a cookie while its person signs in.
/// </summary>
internal static class InviteEndpoints
{
    public const string Path = ReturnPath.Invitation;

    // As many wrong links from one network in a minute, and it waits: 256 random bits are not guessed, and nobody needs so many.
    private const int RefusalsAMinute = 30;

    public static void MapInvitations(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods(Path, ["GET", "HEAD"], ShowAsync).AllowAnonymous().ExcludeFromDescription();
        routes.MapPost(Path, SendAsync).AllowAnonymous().With(FormTokenInside.Mark).ExcludeFromDescription();
    }

    private static async Task<IResult> ShowAsync(HttpContext context, InvitationDoor door, InviteCookie cookie, InviteGuard guard, InvitePages pages, CancellationToken cancellationToken)
    {
        if (HttpMethods.IsHead(context.Request.Method) || SignInEndpoints.IsPrefetch(context.Request)) return Results.NoContent();
        if (guard.Wait(context, RefusalsAMinute) is { } seconds) return TooMany(context, seconds);
        var (person, token) = (PersonOf(context), cookie.Read(context.Request));
        if (token is null) return person is null ? pages.Ask(context, null) : await ShowWaitingAsync(context, person, pages, cancellationToken);
        var look = await door.LookAsync(token, person, cancellationToken);
        return look is InvitationLook.Open { Offer: var offer }
            ? InvitePages.Show(await pages.ViewAsync(context, person, offer), 200)
            : await TurnAwayAsync(context, door, cookie, guard, token, look);
    }

    private static async Task<IResult> OpenAsync(
        HttpContext context, InvitationDoor door, InviteCookie cookie, InviteGuard guard, SigningCookie signing, IFormCollection form, CancellationToken cancellationToken)
    {
        if (!signing.Fits(context, form)) return new RazorComponentResult<NoticePage>(new { Title = Texts.NotOpened, Fact = Texts.NotOpenedText, Advice = Texts.OpenOnceMore }) { StatusCode = 403 };
        var token = form["t"].ToString();
        var look = await door.LookAsync(token, PersonOf(context), cancellationToken);
        if (look is not InvitationLook.Open) return await TurnAwayAsync(context, door, cookie, guard, token, look);
        cookie.Write(context.Response, token);
        return To(context, Path);
    }

    private static async Task<IResult> TurnAwayAsync(HttpContext context, InvitationDoor door, InviteCookie cookie, InviteGuard guard, string? token, InvitationLook look)
    {
        cookie.Remove(context);
        if (look is InvitationLook.Yours yours) return To(context, PlaceOf(yours.WorkspaceId));
        await door.RefuseAsync(token, PersonOf(context), look is InvitationLook.Gone gone ? gone.Reason : "unknown", reason => guard.RowFor(context, reason));
        return Gone();
    }

    private static async Task<IResult> SendAsync(
        HttpContext context, InvitationDoor door, Newcomers newcomers, InviteCookie cookie, InviteGuard guard, InvitePages pages, SigningCookie signing, CancellationToken cancellationToken)
    {
        if (guard.Wait(context, RefusalsAMinute) is { } seconds) return TooMany(context, seconds);
        var form = await PasswordEndpoints.FormAsync(context, cancellationToken);
        if (form.ContainsKey("t")) return await OpenAsync(context, door, cookie, guard, signing, form, cancellationToken);
        var (person, token, id) = (PersonOf(context), cookie.Read(context.Request), form["invitation"].ToString());
        var look = await door.LookAsync(token, person, cancellationToken);
        var offer = (look as InvitationLook.Open)?.Offer;
        // A page that stood open while another link was opened asks about the other one first.
        if (offer is not null && offer.Id != id) return To(context, Path);
        if (!signing.Fits(context, form))
            return offer is null ? To(context, Path) : InvitePages.Show(await pages.ViewAsync(context, person, offer) with { Fault = SignInWords.Of("form", "") }, 403);
        if (person is null) return offer is null ? await TurnAwayAsync(context, door, cookie, guard, token, look) : await JoinAsync(context, newcomers, guard, pages, form, token!, offer, cancellationToken);
        return await AcceptAsync(context, door, cookie, guard, pages, person, id, token, offer, cancellationToken);
    }

    private static async Task<IResult> AcceptAsync(
        HttpContext context, InvitationDoor door, InviteCookie cookie, InviteGuard guard, InvitePages pages, Principal person, string id, string? token, InvitationOffer? offer, CancellationToken cancellationToken)
    {
        switch (await door.AcceptAsync(person, id, token, reason => guard.RowFor(context, reason), cancellationToken))
        {
            case InvitationResult.Accepted accepted:
                cookie.Remove(context);
                return To(context, PlaceOf(accepted.WorkspaceId));
            case (InvitationResult.Full or InvitationResult.Frozen) and var waits:
                var view = offer is null ? await pages.WaitingAsync(context, person, cancellationToken) : await pages.ViewAsync(context, person, offer);
                return waits is InvitationResult.Full ? InvitePages.Show(view with { Fault = Texts.OwnsEnough }, 409) : InvitePages.Show(view with { Fault = Texts.Frozen }, 423);
            default:
                cookie.Remove(context);
                return Gone();
        }
    }

    private static async Task<IResult> JoinAsync(
        HttpContext context, Newcomers newcomers, InviteGuard guard, InvitePages pages, IFormCollection form, string token, InvitationOffer offer, CancellationToken cancellationToken)
    {
        var (name, password) = (form["name"].ToString(), form["password"].ToString());
        async Task<IResult> AgainAsync(string fault, int status) => InvitePages.Show(await pages.ViewAsync(context, null, offer) with { Name = name.Length <= 200 ? name : "", Fault = fault }, status);
        if (password != form["repeat"].ToString()) return await AgainAsync(Texts.PasswordsDiffer, 422);
        switch (await newcomers.JoinAsync(token, name, password, pages.BrowserOf(context), reason => guard.RowFor(context, reason), cancellationToken))
        {
            case SignInResult.SignedIn done:
                pages.Keep(context, done);
                return To(context, Path);
            case SignInResult.Invalid invalid:
                return await AgainAsync(invalid.Fault, 422);
            case SignInResult.Busy busy:
                context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(busy.Wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
                return await AgainAsync(SignInWords.Busy, 429);
            case SignInResult.Refused { Reason: "account" }:
                return await AgainAsync(Texts.NoAccountMade, 409);
            case SignInResult.Refused { Reason: "frozen" }:
                return await AgainAsync(Texts.Frozen, 423);
            default:
                return Gone();
        }
    }

    private static async Task<IResult> ShowWaitingAsync(HttpContext context, Principal person, InvitePages pages, CancellationToken cancellationToken)
    {
        var waiting = await pages.WaitingAsync(context, person, cancellationToken);
        return waiting.Offers.Count > 0 ? InvitePages.Show(waiting, 200) : pages.Ask(context, person);
    }

    private static Principal? PersonOf(HttpContext context) => context.GetPrincipal() is { IsToken: false } person ? person : null;

    private static string PlaceOf(string? workspaceId) => workspaceId is null ? ReturnPath.Home : $"/workspaces/{Uri.EscapeDataString(workspaceId)}";

    private static IResult To(HttpContext context, string path)
    {
        context.Response.Headers.Location = path;
        return Results.StatusCode(303);
    }

    private static RazorComponentResult<NoticePage> Gone() =>
        new RazorComponentResult<NoticePage>(new { Title = Texts.LinkGone, Fact = Texts.LinkGoneText, Advice = Texts.LinkGoneAdvice }) { StatusCode = 410 };

    private static RazorComponentResult<NoticePage> TooMany(HttpContext context, int seconds)
    {
        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return new RazorComponentResult<NoticePage>(new { Title = Texts.TooMany, Fact = Texts.TooManyText }) { StatusCode = 429 };
    }
}
