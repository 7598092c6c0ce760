using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts.Passwords;

internal sealed class PasswordStore
{
    /// <summary>The stored form, or null when the account has no password.</summary>
    public Task<string?> FindAsync(IHubReader reader, string accountId, CancellationToken cancellationToken) =>
        reader.FindAsync<string>("select hash from account_passwords where account_id = @accountId", new { accountId }, cancellationToken);

    public Task SetAsync(IHubTransaction transaction, string accountId, string hash, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            """
            insert into account_passwords (account_id, hash, changed_at) values (@accountId, @hash, hub_now())
            on conflict (account_id) do update set hash = excluded.hash, changed_at = excluded.changed_at
            """,
            new { accountId, hash }, cancellationToken);

    /// <summary>The same password in a newer form, unless it was changed meanwhile.</summary>
    public Task RenewAsync(IHubTransaction transaction, string accountId, string old, string hash, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update account_passwords set hash = @hash where account_id = @accountId and hash = @old", new { accountId, old, hash }, cancellationToken);

    public Task AddLinkAsync(IHubTransaction transaction, string hash, string accountId, DateTimeOffset expiresAt, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            "insert into password_links (hash, account_id, created_at, expires_at) values (@hash, @accountId, hub_now(), @expiresAt)",
            new { hash, accountId, expiresAt }, cancellationToken);

    /// <summary>Uses the link up; the one update is what makes it work once.</summary>
    public async Task<bool> ConsumeLinkAsync(IHubTransaction transaction, string hash, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            "update password_links set used_at = hub_now() where hash = @hash and used_at is null and expires_at > hub_now()", new { hash }, cancellationToken) == 1;

    /// <summary>Whose link it is while it works; null otherwise.</summary>
    public Task<string?> FindLinkAsync(IHubReader reader, string hash, CancellationToken cancellationToken) =>
        reader.FindAsync<string>("select account_id from password_links where hash = @hash and used_at is null and expires_at > hub_now()", new { hash }, cancellationToken);

    /// <summary>Of a link that does not work: what is still known of it. Null: nothing.</summary>
    public Task<LoginLink?> FindAnyLinkAsync(IHubReader reader, string hash, CancellationToken cancellationToken) =>
        reader.FindAsync<LoginLink>("select account_id, used_at, expires_at from password_links where hash = @hash", new { hash }, cancellationToken);

    /// <summary>A new link, a new password or a closed account ends those that were made before. A used one is remembered until <see cref="ForgetLinksAsync"/>.</summary>
    public Task DropLinksAsync(IHubTransaction transaction, string accountId, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("delete from password_links where account_id = @accountId and used_at is null", new { accountId }, cancellationToken);

    /// <summary>Links long past their use; until then "used", "expired" and "unknown" can be told apart.</summary>
    public Task ForgetLinksAsync(IHubTransaction transaction, DateTimeOffset before, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("delete from password_links where expires_at < @before", new { before }, cancellationToken);
}
