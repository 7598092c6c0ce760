using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

internal sealed class BrowserSessionStore
{
    private const string Live = "s.ended_at is null and s.expires_at > hub_now() and s.last_seen_at > @idleSince";
    // Behind a proxy a session is as good as the proxy's latest word.
    private const string Vouched = "(s.vouched_at is null or s.vouched_at > @vouchedSince)";
    private const string Columns = "s.id, s.account_id, s.auth_time, s.last_seen_at, s.expires_at, s.vouched_at, s.user_agent";

    /// <param name="after">The session that this browser had before, or null: the two were opened in one browser.</param>
    public Task AddAsync(IHubTransaction transaction, BrowserSession session, string hash, string? after, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            """
            insert into auth_sessions (id, hash, account_id, auth_time, last_seen_at, expires_at, vouched_at, user_agent, lineage)
            values (@Id, @hash, @AccountId, @AuthTime, @LastSeenAt, @ExpiresAt, @VouchedAt, @UserAgent, coalesce((select p.lineage from auth_sessions p where p.id = @after), @Id))
            """,
            new { session.Id, after, hash, session.AccountId, session.AuthTime, session.LastSeenAt, session.ExpiresAt, session.VouchedAt, session.UserAgent }, cancellationToken);

    /// <summary>The same session under another cookie, after its person proved once more who they are.</summary>
    /// <returns>False when it had ended.</returns>
    public async Task<bool> RenewAsync(IHubTransaction transaction, BrowserSession session, string hash, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            """
            update auth_sessions set hash = @hash, auth_time = @AuthTime, last_seen_at = @LastSeenAt, expires_at = @ExpiresAt
            where id = @Id and account_id = @AccountId and ended_at is null
            """,
            new { session.Id, hash, session.AccountId, session.AuthTime, session.LastSeenAt, session.ExpiresAt }, cancellationToken) == 1;

    /// <summary>What the browser of a session bears from now on, and what it came with: who signs in after somebody else is known as such when they signed out in between.</summary>
    /// <param name="mark">The hash of the mark that is left in it.</param>
    /// <param name="before">The hash of the one it came with, or null.</param>
    public Task MarkAsync(IHubTransaction transaction, string id, string mark, string? before, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            """
            update auth_sessions set browser_mark = @mark,
              lineage = case when lineage <> id then lineage else coalesce((select p.lineage from auth_sessions p where p.browser_mark = @before and p.id <> @id order by p.id desc limit 1), lineage) end
            where id = @id
            """, new { id, mark, before }, cancellationToken);

    /// <summary>Live or resting.</summary>
    public Task<BrowserSession?> FindAsync(IHubReader reader, string hash, CancellationToken cancellationToken) =>
        reader.FindAsync<BrowserSession>($"select {Columns} from auth_sessions s where s.hash = @hash and {Live}", new { hash, idleSince = IdleSince(reader) }, cancellationToken);

    /// <summary>The account of a live session, in one statement of its own; null when there is none, or the account is closed.</summary>
    public async Task<SignedIn?> FindSignedInAsync(HubDatabase database, string hash, CancellationToken cancellationToken)
    {
        // The times are measured here by what the row says the time is: a statement of its own knows that only with its answer.
        var found = await database.FindAsync<SignedIn>($"""
            select {SignedIn.Columns} from auth_sessions s join accounts a on a.id = s.account_id
            where s.hash = @hash and s.ended_at is null and s.expires_at > hub_now() and a.closed_at is null
            """, new { hash }, cancellationToken);
        return found is { LastSeenAt: { } seen } && seen > found.Now - BrowserSessions.IdleTime && (found.VouchedAt is not { } vouched || vouched > found.Now - BrowserSessions.VouchedTime) ? found : null;
    }

    /// <summary>An open account with a session where that lives, in one look; null when there is no such account, or it is closed.</summary>
    public Task<SignedIn?> FindSignedInAsync(IHubReader reader, string accountId, string sessionId, CancellationToken cancellationToken) =>
        reader.FindAsync<SignedIn>($"""
            select {SignedIn.Columns} from accounts a left join auth_sessions s on s.id = @sessionId and {Live} and {Vouched}
            where a.id = @accountId and a.closed_at is null
            """, new { accountId, sessionId, idleSince = IdleSince(reader), vouchedSince = VouchedSince(reader) }, cancellationToken);

    public Task<BrowserSession?> FindLiveByIdAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        reader.FindAsync<BrowserSession>($"select {Columns} from auth_sessions s where s.id = @id and {Live} and {Vouched}", new { id, idleSince = IdleSince(reader), vouchedSince = VouchedSince(reader) }, cancellationToken);

    /// <summary>Ended by a person for another browser: unlike a sign-out or an expiry, that takes back what the session asked for.</summary>
    public async Task<bool> IsRevokedAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        await reader.FindAsync<string>("select id from auth_sessions where id = @id and end_reason = 'revoked'", new { id }, cancellationToken) is not null;

    /// <summary>Newest first, resting ones too.</summary>
    public Task<IReadOnlyList<BrowserSession>> ListAsync(IHubReader reader, string accountId, CancellationToken cancellationToken) =>
        reader.QueryAsync<BrowserSession>(
            $"select {Columns} from auth_sessions s where s.account_id = @accountId and {Live} order by s.id desc limit 200",
            new { accountId, idleSince = IdleSince(reader) }, cancellationToken);

    public Task TouchAsync(IHubTransaction transaction, string id, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update auth_sessions set last_seen_at = hub_now() where id = @id and ended_at is null", new { id }, cancellationToken);

    public Task VouchAsync(IHubTransaction transaction, string id, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update auth_sessions set vouched_at = hub_now() where id = @id and ended_at is null", new { id }, cancellationToken);

    /// <returns>False when it had ended already, or belongs to somebody else.</returns>
    public async Task<bool> EndAsync(IHubTransaction transaction, string id, string accountId, string reason, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            "update auth_sessions set ended_at = hub_now(), end_reason = @reason where id = @id and account_id = @accountId and ended_at is null",
            new { id, accountId, reason }, cancellationToken) == 1;

    /// <summary>Ends every live session of an account but one.</summary>
    /// <param name="keep">The one that stays, or null.</param>
    /// <returns>How many ended.</returns>
    public Task<int> EndAllAsync(IHubTransaction transaction, string accountId, string? keep, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            "update auth_sessions set ended_at = hub_now(), end_reason = 'revoked' where account_id = @accountId and ended_at is null and id <> @keep",
            new { accountId, keep = keep ?? "" }, cancellationToken);

    private static DateTimeOffset VouchedSince(IHubReader reader) => reader.Now - BrowserSessions.VouchedTime;

    private static DateTimeOffset IdleSince(IHubReader reader) => reader.Now - BrowserSessions.IdleTime;
}
