using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts.OpenId;

internal sealed class SignInRequestStore
{
    public Task AddAsync(IHubTransaction transaction, SignInRequest request, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            """
            insert into sign_in_requests (state_hash, browser_hash, provider, purpose, account_id, return_path, created_at, expires_at)
            values (@StateHash, @BrowserHash, @Provider, @Purpose, @AccountId, @ReturnPath, hub_now(), @ExpiresAt)
            """,
            new { request.StateHash, request.BrowserHash, request.Provider, request.Purpose, request.AccountId, request.ReturnPath, request.ExpiresAt }, cancellationToken);

    /// <summary>Takes a request away; null when there is none, it belongs to another browser or provider, or is too old. It is found once.</summary>
    public async Task<SignInRequest?> TakeAsync(IHubTransaction transaction, string stateHash, string browserHash, string provider, CancellationToken cancellationToken)
    {
        var request = await transaction.FindAsync<SignInRequest>(
            """
            select state_hash, browser_hash, provider, purpose, account_id, return_path, expires_at from sign_in_requests
            where state_hash = @stateHash and browser_hash = @browserHash and provider = @provider and expires_at > hub_now()
            """,
            new { stateHash, browserHash, provider }, cancellationToken);
        return request is not null && await transaction.ExecuteAsync("delete from sign_in_requests where state_hash = @stateHash", new { stateHash }, cancellationToken) == 1 ? request : null;
    }

    public Task SweepAsync(IHubTransaction transaction, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("delete from sign_in_requests where expires_at <= hub_now()", null, cancellationToken);

    public Task IntendAsync(IHubTransaction transaction, string sessionId, string provider, DateTimeOffset expiresAt, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            """
            insert into link_intents (auth_session_id, provider, expires_at) values (@sessionId, @provider, @expiresAt)
            on conflict (auth_session_id) do update set provider = excluded.provider, expires_at = excluded.expires_at
            """,
            new { sessionId, provider, expiresAt }, cancellationToken);

    /// <returns>Whether this session's person asked a moment ago to link this provider; true once.</returns>
    public async Task<bool> TakeIntentAsync(IHubTransaction transaction, string sessionId, string provider, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            "delete from link_intents where auth_session_id = @sessionId and provider = @provider and expires_at > hub_now()", new { sessionId, provider }, cancellationToken) == 1;
}

/// <summary>A sign-in on its way through a provider.</summary>
internal sealed record SignInRequest
{
    public required string StateHash { get; init; }
    public required string BrowserHash { get; init; }
    public required string Provider { get; init; }

    /// <summary><c>sign_in|again|link</c>.</summary>
    public required string Purpose { get; init; }

    /// <summary>Who wants to link, or to sign in again.</summary>
    public string? AccountId { get; init; }
    public required string ReturnPath { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}
