using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

/// <summary>API tokens: made, shown once, found by their secret, revoked.</summary>
public sealed class ApiTokens
{
    /// <summary>What every token begins with, so that people and secret scanners know one when they see it.</summary>
    public const string Prefix = "cct_";

    private static readonly TimeSpan UsedEvery = TimeSpan.FromMinutes(1);
    private readonly HubDatabase _database;
    private readonly ApiTokenStore _tokens;
    private readonly AccountStore _accounts;
    private readonly IPrincipals _principals;
    private readonly RecentSignIn _recent;
    private readonly IAccountRecord _record;

    internal ApiTokens(HubDatabase database, ApiTokenStore tokens, AccountStore accounts, IPrincipals principals, RecentSignIn recent, IAccountRecord record) =>
        (_database, _tokens, _accounts, _principals, _recent, _record) = (database, tokens, accounts, principals, recent, record);

    /// <param name="accountId">For whom; the token can never do more than this account.</param>
    /// <param name="request">Without a <see cref="ApiTokenRequest.Fault"/>.</param>
    /// <param name="by">Who makes it, for the record.</param>
    /// <param name="browser">The signed-in person who asks on a page, whose sign-in must be recent; null: nobody does, the operator or a test.</param>
    /// <returns>The token's row and its secret, which nothing can show again.</returns>
    /// <exception cref="ArgumentException">The request has a fault.</exception>
    /// <exception cref="UnauthorizedAccessException">The person's browser is signed in no more.</exception>
    /// <exception cref="StaleSignInException">Their sign-in is not recent.</exception>
    public async Task<(ApiToken Token, string Secret)> CreateAsync(string accountId, ApiTokenRequest request, AccountActor by, CancellationToken cancellationToken, Principal? browser = null)
    {
        if (request.Fault() is { } fault) throw new ArgumentException(fault, nameof(request));
        var secret = Prefix + Credential.New();
        await using var transaction = await _database.BeginAsync(cancellationToken);
        if (browser is not null) await _recent.RequireAsync(transaction, browser, cancellationToken);
        var token = new ApiToken
        {
            Id = Ids.New("tok"),
            AccountId = accountId,
            Name = request.Name.Trim(),
            Scopes = request.Scopes,
            CreatedAt = transaction.Now,
            ExpiresAt = transaction.Now + TimeSpan.FromDays(request.Days),
        };
        await _tokens.AddAsync(transaction, token, Credential.Hash(secret), cancellationToken);
        await _record.AppendAsync(transaction, new AccountEvent("token.created", by, Describe(token)), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (token, secret);
    }

    /// <summary>Whose token it is, or null when it is none, revoked or expired.</summary>
    /// <param name="secret">As the caller sent it, with its prefix.</param>
    public async Task<Principal?> AuthenticateAsync(string secret, CancellationToken cancellationToken)
    {
        if (!secret.StartsWith(Prefix, StringComparison.Ordinal) || !Credential.IsWellFormed(secret[Prefix.Length..])) return null;
        ApiToken? token;
        Account? account;
        DateTimeOffset now;
        await using (var reader = await _database.ReadAsync(cancellationToken))
        {
            now = reader.Now;
            token = await _tokens.FindLiveAsync(reader, Credential.Hash(secret), cancellationToken);
            account = token is null ? null : await _accounts.FindAsync(reader, token.AccountId, cancellationToken);
        }
        if (token is null || account is not { ClosedAt: null }) return null;
        if (token.LastUsedAt is null || now - token.LastUsedAt >= UsedEvery) await TouchAsync(token.Id, cancellationToken);
        return Principals.Of(account, token);
    }

    public async Task<ApiToken?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return await _tokens.FindAsync(reader, id, cancellationToken);
    }

    /// <param name="accountId">Null: of every account.</param>
    public async Task<IReadOnlyList<ApiToken>> ListAsync(string? accountId, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return await _tokens.ListAsync(reader, accountId, cancellationToken);
    }

    /// <param name="accountId">Whose it must be; null: anybody's.</param>
    /// <param name="browser">As for <see cref="CreateAsync"/>; to take a key back, any sign-in will do.</param>
    /// <returns>False when there is no such token, or it was revoked before.</returns>
    /// <exception cref="UnauthorizedAccessException">The person's browser is signed in no more.</exception>
    public async Task<bool> RevokeAsync(string id, string? accountId, AccountActor by, CancellationToken cancellationToken, Principal? browser = null)
    {
        await using var transaction = await _database.BeginAsync(cancellationToken);
        if (browser is not null) await _principals.RequireBrowserAsync(transaction, browser, cancellationToken);
        var token = await _tokens.FindAsync(transaction, id, cancellationToken);
        if (token is null || (accountId is not null && token.AccountId != accountId)) return false;
        if (!await _tokens.RevokeAsync(transaction, id, cancellationToken)) return false;
        await _record.AppendAsync(transaction, new AccountEvent("token.revoked", by, Describe(token)), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private async Task TouchAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            await using var transaction = await _database.TryBeginAsync(cancellationToken);
            if (transaction is null) return;
            await _tokens.TouchAsync(transaction, id, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (HubUnavailableException)
        {
            // When it was used is for people to look at; a full disk is no reason to refuse a read.
        }
    }

    private static JsonObject Describe(ApiToken token) => new()
    {
        ["token_id"] = token.Id,
        ["account_id"] = token.AccountId,
        ["name"] = token.Name,
        ["scopes"] = new JsonArray([.. token.Scopes.Words().Select(w => JsonValue.Create(w))]),
        ["expires_at"] = Timestamps.Format(token.ExpiresAt),
    };
}
