using ControlChat.App.SignIn;
using ControlChat.Core.Tools.Invitations;

namespace ControlChat.App.Invitations;

/// <summary>What the page of an invitation shows.</summary>
/// <param name="Offers">The one of the link, or those that wait for the person's address.</param>
/// <param name="Ways">The ways to sign in, and the form's token.</param>
/// <param name="Person">The name of who is signed in, or null.</param>
public sealed record InviteView(IReadOnlyList<InvitationOffer> Offers, SignInView Ways, string? Person)
{
    /// <summary>The name that was entered for a new account.</summary>
    public string Name { get; init; } = "";

    /// <summary>Why the last try did nothing.</summary>
    public string? Fault { get; init; }
}
