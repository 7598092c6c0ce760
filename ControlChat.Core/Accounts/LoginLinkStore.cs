using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

internal sealed class LoginLinkStore
{
    public Task AddAsync(IHubTransaction transaction, string hash, string accountId, DateTimeOffset expiresAt, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            "insert into login_links (hash, account_id, created_at, expires_at) values (@hash, @accountId, hub_now(), @expiresAt)",
            new { hash, accountId, expiresAt }, cancellationToken);

    /// <summary>Uses the link up; the one update is what makes it work once.</summary>
    public async Task<bool> ConsumeAsync(IHubTransaction transaction, string hash, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            "update login_links set used_at = hub_now() where hash = @hash and used_at is null and expires_at > hub_now()", new { hash }, cancellationToken) == 1;

    public Task<LoginLink?> FindAsync(IHubReader reader, string hash, CancellationToken cancellationToken) =>
        reader.FindAsync<LoginLink>("select account_id, used_at, expires_at from login_links where hash = @hash", new { hash }, cancellationToken);

    /// <summary>Links long past their use; until then "used" and "expired" can be told apart.</summary>
    public Task ForgetAsync(IHubTransaction transaction, DateTimeOffset before, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("delete from login_links where expires_at < @before", new { before }, cancellationToken);
}

internal sealed record LoginLink
{
    public required string AccountId { get; init; }
    public DateTimeOffset? UsedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}
