using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Outside;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Tools.Invitations;

/// <summary>Lets somebody in whom a provider vouches for and no rule speaks of, by the link that they opened before.</summary>
internal sealed class InvitedPeople(InvitationStore invitations, InvitationAcceptance acceptance) : IInvitedPeople
{
    public async Task<bool> AdmitsAsync(IHubReader reader, string token, string? email, CancellationToken cancellationToken) =>
        await FindAsync(reader, token, cancellationToken) is { } id && await invitations.StandsAsync(reader, id, cancellationToken)
        && await invitations.FindAsync(reader, id, "", cancellationToken) is { } invitation && (invitation.Email is null || invitation.Email == email);

    public async Task<bool> AcceptAsync(IHubTransaction transaction, string token, Account account, CancellationToken cancellationToken) =>
        await FindAsync(transaction, token, cancellationToken) is { } id
        && await acceptance.AcceptAsync(transaction, id, Credential.Hash(token), account, null, cancellationToken) == Acceptance.Done;

    private async Task<string?> FindAsync(IHubReader reader, string token, CancellationToken cancellationToken) =>
        Credential.IsWellFormed(token) ? (await invitations.FindLinkAsync(reader, Credential.Hash(token), cancellationToken))?.InvitationId : null;
}
