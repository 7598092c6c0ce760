using ControlChat.Core.Accounts;

namespace ControlChat.Core.Gate.Grants;

/// <summary>Standing grants: seen, made, revoked, by signed-in people only. No tool, token, model or client of theirs has a way in here.</summary>
public interface IGrants
{
    /// <summary>Newest first: those this account was given and those it gave; an admin sees all.</summary>
    Task<Page<Grant>> ListAsync(Principal principal, GrantFilter filter, CancellationToken cancellationToken);

    Task<Grant?> FindAsync(Principal principal, string grantId, CancellationToken cancellationToken);

    /// <summary>What may be proposed to this person on the receipt of an approval; null: nothing.</summary>
    Task<GrantOffer?> OfferAsync(Principal person, string approvalId, CancellationToken cancellationToken);

    /// <summary>From a plan that this person approved within 15 minutes, or more than once within 30 days. Asks for a recent sign-in.</summary>
    Task<GrantAnswer> MakeAsync(Principal person, string approvalId, GrantRequest request, CancellationToken cancellationToken);

    /// <summary>Always works, frozen or not; one that has ended stays as it is. By whoever may see it.</summary>
    Task<GrantAnswer> RevokeAsync(Principal person, string grantId, CancellationToken cancellationToken);
}
