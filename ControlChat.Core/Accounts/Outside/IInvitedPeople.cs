using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts.Outside;

/// <summary>Whom an invitation lets in. The room asks for it here; the tools for invitations stand behind it.</summary>
public interface IInvitedPeople
{
    /// <summary>Whether the link holds for somebody whose address the outside vouches for.</summary>
    /// <param name="reader">The view to read in.</param>
    /// <param name="token">Of the link that the browser opened before.</param>
    /// <param name="email">In the plain form; null: the outside vouches for none.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    Task<bool> AdmitsAsync(IHubReader reader, string token, string? email, CancellationToken cancellationToken);

    /// <summary>Uses the invitation up for the account that was just made.</summary>
    /// <returns>False when it does not hold any more; nothing is left of the attempt then.</returns>
    Task<bool> AcceptAsync(IHubTransaction transaction, string token, Account account, CancellationToken cancellationToken);
}
