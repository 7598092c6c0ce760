using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

internal sealed class ApiTokenStore
{
    private const string Columns = "id, account_id, name, scopes, created_at, expires_at, revoked_at, last_used_at";
    private const string Live = "revoked_at is null and expires_at > hub_now()";

    public Task AddAsync(IHubTransaction transaction, ApiToken token, string hash, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            """
            insert into api_tokens (id, hash, account_id, name, scopes, created_at, expires_at)
            values (@Id, @hash, @AccountId, @Name, @Scopes, @CreatedAt, @ExpiresAt)
            """,
            new { token.Id, hash, token.AccountId, token.Name, token.Scopes, token.CreatedAt, token.ExpiresAt }, cancellationToken);

    public Task<ApiToken?> FindLiveAsync(IHubReader reader, string hash, CancellationToken cancellationToken) =>
        reader.FindAsync<ApiToken>($"select {Columns} from api_tokens where hash = @hash and {Live}", new { hash }, cancellationToken);

    public Task<ApiToken?> FindLiveByIdAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        reader.FindAsync<ApiToken>($"select {Columns} from api_tokens where id = @id and {Live}", new { id }, cancellationToken);

    public Task<ApiToken?> FindAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        reader.FindAsync<ApiToken>($"select {Columns} from api_tokens where id = @id", new { id }, cancellationToken);

    /// <summary>Newest first, ended ones included; an account's, or every account's.</summary>
    public Task<IReadOnlyList<ApiToken>> ListAsync(IHubReader reader, string? accountId, CancellationToken cancellationToken) =>
        reader.QueryAsync<ApiToken>(
            $"select {Columns} from api_tokens where (@accountId is null or account_id = @accountId) order by id desc limit 500", new { accountId }, cancellationToken);

    public async Task<bool> RevokeAsync(IHubTransaction transaction, string id, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("update api_tokens set revoked_at = hub_now() where id = @id and revoked_at is null", new { id }, cancellationToken) == 1;

    /// <summary>Every live token of an account.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> RevokeAllAsync(IHubTransaction transaction, string accountId, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync($"update api_tokens set revoked_at = hub_now() where account_id = @accountId and {Live}", new { accountId }, cancellationToken);

    public Task<long> CountLiveAsync(IHubReader reader, string accountId, CancellationToken cancellationToken) =>
        reader.FindAsync<long>($"select count(*) from api_tokens where account_id = @accountId and {Live}", new { accountId }, cancellationToken);

    public Task TouchAsync(IHubTransaction transaction, string id, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update api_tokens set last_used_at = hub_now() where id = @id", new { id }, cancellationToken);
}
