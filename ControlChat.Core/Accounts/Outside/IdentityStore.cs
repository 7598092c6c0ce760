using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts.Outside;

internal sealed class IdentityStore
{
    public Task<string?> FindAccountAsync(IHubReader reader, string issuer, string subject, CancellationToken cancellationToken) =>
        reader.FindAsync<string>("select account_id from account_identities where issuer = @issuer and subject = @subject", new { issuer, subject }, cancellationToken);

    public Task<IReadOnlyList<LinkedIdentity>> ListAsync(IHubReader reader, string accountId, CancellationToken cancellationToken) =>
        reader.QueryAsync<LinkedIdentity>("select issuer, subject, linked_at from account_identities where account_id = @accountId order by linked_at, issuer", new { accountId }, cancellationToken);

    /// <summary>Whether the account is somebody to this issuer already, under whatever name.</summary>
    public async Task<bool> HasIssuerAsync(IHubReader reader, string accountId, string issuer, CancellationToken cancellationToken) =>
        await reader.FindAsync<string>("select subject from account_identities where account_id = @accountId and issuer = @issuer limit 1", new { accountId, issuer }, cancellationToken) is not null;

    /// <returns>False when the identity belongs to an account already.</returns>
    public async Task<bool> AddAsync(IHubTransaction transaction, string issuer, string subject, string accountId, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            "insert into account_identities (issuer, subject, account_id, linked_at) values (@issuer, @subject, @accountId, hub_now()) on conflict (issuer, subject) do nothing",
            new { issuer, subject, accountId }, cancellationToken) == 1;

    public async Task<bool> RemoveAsync(IHubTransaction transaction, string issuer, string subject, string accountId, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            "delete from account_identities where issuer = @issuer and subject = @subject and account_id = @accountId", new { issuer, subject, accountId }, cancellationToken) == 1;
}

/// <summary>Who an account is elsewhere.</summary>
public sealed record LinkedIdentity
{
    public required string Issuer { get; init; }
    public required string Subject { get; init; }
    public required DateTimeOffset LinkedAt { get; init; }
}
