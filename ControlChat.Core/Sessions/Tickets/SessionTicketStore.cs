using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Tickets;

internal static class SessionTicketStore
{
    private const string Columns = "hash, purpose, session_id, account_id, token_id, auth_session_id, access, until, expires_at";

    private const string Insert = """
        insert into session_tickets (hash, purpose, session_id, account_id, token_id, auth_session_id, access, until, created_at, expires_at)
        values (@Hash, @Purpose, @SessionId, @AccountId, @TokenId, @AuthSessionId, @Access, @Until, hub_now(), @ExpiresAt)
        on conflict (hash) do nothing
        """;

    public static Task AddAsync(IHubTransaction transaction, SessionTicket ticket, CancellationToken cancellationToken) => transaction.ExecuteAsync(Insert, ticket, cancellationToken);

    /// <summary>For what a crash of the machine may lose: whoever lost it asks for another.</summary>
    public static Task NoteAsync(HubDatabase database, SessionTicket ticket, CancellationToken cancellationToken) => database.NoteAsync(Insert, ticket, cancellationToken);

    /// <summary>Uses a ticket up; the one delete is what makes it work once.</summary>
    public static Task<SessionTicket?> TakeAsync(IHubTransaction transaction, string hash, CancellationToken cancellationToken) =>
        transaction.FindAsync<SessionTicket>($"delete from session_tickets where hash = @hash and purpose = 'ticket' and expires_at > hub_now() returning {Columns}", new { hash }, cancellationToken);

    public static Task<SessionTicket?> FindAsync(IHubReader reader, string hash, string purpose, CancellationToken cancellationToken) =>
        reader.FindAsync<SessionTicket>($"select {Columns} from session_tickets where hash = @hash and purpose = @purpose and expires_at > hub_now()", new { hash, purpose }, cancellationToken);

    /// <summary>For what may come back after a crash of the machine: it is too old soon.</summary>
    public static Task DropWindowAsync(HubDatabase database, string hash, CancellationToken cancellationToken) =>
        database.NoteAsync("delete from session_tickets where hash = @hash and purpose = 'window'", new { hash }, cancellationToken);

    public static Task ForgetAsync(IHubTransaction transaction, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("delete from session_tickets where expires_at <= hub_now()", null, cancellationToken);

    public static Task<bool> AreAnyOldAsync(HubDatabase database, CancellationToken cancellationToken) =>
        database.FindAsync<bool>("select exists (select 1 from session_tickets where expires_at <= hub_now())", null, cancellationToken);
}
