using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Outside;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Tools.Invitations;

/// <summary>Lets somebody in whom a provider vouches for and no rule speaks of, by the link that they opened before.</summary>
internal sealed class InvitedPeople(InvitationStore invitations, InvitationAcceptance acceptance) : IInvitedPeople
{
    public async Task<bool> AdmitsAsync(IHubReader reader, string token, string? email, CancellationToken cancellationToken) =>
        await FindAsync(reader, token, cancellationToken) is { } link && await invitations.StandsAsync(reader, link.InvitationId, cancellationToken)
        && await invitations.FindAsync(reader, link.InvitationId, "", cancellationToken) is { } invitation
        // Without an address nobody but an admin answers for whoever comes.
        && (invitation.Email is null ? link.ByAdmin : invitation.Email == email);

    public async Task<bool> AcceptAsync(IHubTransaction transaction, string token, Account account, CancellationToken cancellationToken) =>
        await FindAsync(transaction, token, cancellationToken) is { } link
        && await acceptance.AcceptAsync(transaction, link.InvitationId, Credential.Hash(token), account, null, cancellationToken) == Acceptance.Done;

    private async Task<InvitationLink?> FindAsync(IHubReader reader, string token, CancellationToken cancellationToken) =>
        Credential.IsWellFormed(token) ? await invitations.FindLinkAsync(reader, Credential.Hash(token), cancellationToken) : null;
}
