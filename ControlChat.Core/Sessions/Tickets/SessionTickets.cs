using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Tickets;

/// <summary>
/// Keys to one session for who cannot send a cookie: a ticket opens one connection, or signs an embedded page in. Each stands for the account
/// and the key it was asked for with, whose rights are read again whenever it is shown. Only hashes are kept.
/// </summary>
public sealed class SessionTickets
{
    /// <summary>What the key of an embedded page begins with.</summary>
    public const string EmbedPrefix = "cce_";

    /// <summary>From asking for a ticket to using it.</summary>
    public static readonly TimeSpan TicketLife = TimeSpan.FromSeconds(30);

    /// <summary>An embedded page's key, at most.</summary>
    public static readonly TimeSpan EmbedLife = TimeSpan.FromHours(12);

    /// <summary>How long an embedded page may still read what happened in a session that has ended.</summary>
    public static readonly TimeSpan EmbedAfterEnd = TimeSpan.FromMinutes(15);

    // No session is older than that, and nothing is resumed long after one.
    private static readonly TimeSpan WindowLife = TimeSpan.FromHours(25);
    private static readonly TimeSpan WindowAfterEnd = TimeSpan.FromHours(1);
    private readonly HubDatabase _database;
    private readonly SessionSights _sights;
    private readonly IAccountRecord _record;

    internal SessionTickets(HubDatabase database, SessionSights sights, IAccountRecord record) => (_database, _sights, _record) = (database, sights, record);

    /// <param name="sight">Who asks, and what of. For control they must be able to steer it.</param>
    /// <param name="access">One of <see cref="TicketAccess"/>.</param>
    /// <param name="until">When what it opens is over, for who holds such a key themselves.</param>
    /// <exception cref="HubUnavailableException">The database does not answer.</exception>
    public async Task<IssuedTicket> CreateAsync(SessionSight sight, string access, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        if (access == TicketAccess.Control && !sight.MaySteer) throw new ArgumentException("Who may only look gets no ticket to control.", nameof(access));
        var secret = Credential.New();
        var ticket = Of(sight, SessionTicket.Once, secret) with { Access = access, Until = until, ExpiresAt = sight.At + TicketLife };
        await SessionTicketStore.NoteAsync(_database, ticket, cancellationToken);
        return new IssuedTicket(secret, ticket.SessionId, ticket.Access, ticket.ExpiresAt);
    }

    /// <summary>Uses a ticket up, whatever comes of it.</summary>
    /// <param name="sessionId">The one it must be for.</param>
    /// <returns>Null when it is none, was used, is too old, is for another session, or its account has lost its rights.</returns>
    /// <exception cref="HubUnavailableException">The database does not answer; the ticket is still good.</exception>
    public async Task<SessionPass?> UseAsync(string secret, string sessionId, CancellationToken cancellationToken)
    {
        if (!Credential.IsWellFormed(secret)) return null;
        await using var transaction = await _database.BeginAsync(cancellationToken);
        var ticket = await SessionTicketStore.TakeAsync(transaction, Credential.Hash(secret), cancellationToken);
        var pass = ticket?.SessionId == sessionId ? await PassAsync(transaction, ticket, cancellationToken) : null;
        await transaction.CommitAsync(cancellationToken);
        return pass;
    }

    /// <summary>Signs an embedded page in by a ticket, for the ticket's session and access. It is on the record.</summary>
    /// <returns>Null as for <see cref="UseAsync"/>, and for a session that has no terminal.</returns>
    public async Task<IssuedTicket?> SignInAsync(string secret, CancellationToken cancellationToken)
    {
        if (!Credential.IsWellFormed(secret)) return null;
        await using var transaction = await _database.BeginAsync(cancellationToken);
        var ticket = await SessionTicketStore.TakeAsync(transaction, Credential.Hash(secret), cancellationToken);
        var pass = ticket is null ? null : await PassAsync(transaction, ticket, cancellationToken);
        IssuedTicket? issued = null;
        if (pass is { Sight: { IsTerminal: true } sight })
        {
            var key = EmbedPrefix + Credential.New();
            var ends = Earlier(transaction.Now + EmbedLife, sight.View.ExpiresAt + EmbedAfterEnd);
            ends = Earlier(ends, pass.Until);
            await SessionTicketStore.AddAsync(transaction, Of(sight, SessionTicket.Embed, key) with { Access = pass.Access, ExpiresAt = ends }, cancellationToken);
            var by = new AccountActor(sight.Principal.AccountId, sight.Principal.AuthSessionId, "rest");
            await _record.AppendAsync(transaction, new AccountEvent("signin.ok", by, new() { ["method"] = "embed", ["session_id"] = sight.View.Id, ["access"] = pass.Access, ["token_id"] = sight.Principal.TokenId }), cancellationToken);
            issued = new IssuedTicket(key, sight.View.Id, pass.Access, ends);
        }
        await transaction.CommitAsync(cancellationToken);
        return issued;
    }

    /// <summary>What an embedded page's key opens now; null when it is none, too old, its session ended a while ago, or its account has lost its rights.</summary>
    public async Task<SessionPass?> AuthenticateAsync(string key, CancellationToken cancellationToken)
    {
        if (!key.StartsWith(EmbedPrefix, StringComparison.Ordinal) || !Credential.IsWellFormed(key[EmbedPrefix.Length..])) return null;
        await using var reader = await _database.ReadAsync(cancellationToken);
        if (await SessionTicketStore.FindAsync(reader, Credential.Hash(key), SessionTicket.Embed, cancellationToken) is not { } ticket) return null;
        return await PassAsync(reader, ticket with { Until = ticket.ExpiresAt }, cancellationToken) is { } pass && !(pass.Sight.View.EndedAt + EmbedAfterEnd <= reader.Now) ? pass : null;
    }

    /// <summary>Notes a window, so that a later connection of the same account can be it again.</summary>
    /// <returns>Its token.</returns>
    public async Task<string> OpenWindowAsync(SessionSight sight, CancellationToken cancellationToken)
    {
        var token = Credential.New();
        await SessionTicketStore.NoteAsync(_database, Of(sight, SessionTicket.Window, token) with { ExpiresAt = Earlier(sight.At + WindowLife, sight.View.ExpiresAt + WindowAfterEnd) }, cancellationToken);
        return token;
    }

    /// <summary>A connection that turned out to be an earlier window leaves none of its own behind.</summary>
    public Task ForgetWindowAsync(string token, CancellationToken cancellationToken) => SessionTicketStore.DropWindowAsync(_database, Credential.Hash(token), cancellationToken);

    /// <summary>Whether this is a window of this account in this session.</summary>
    public async Task<bool> IsWindowAsync(string token, string accountId, string sessionId, CancellationToken cancellationToken)
    {
        if (!Credential.IsWellFormed(token)) return false;
        await using var reader = await _database.ReadAsync(cancellationToken);
        return await SessionTicketStore.FindAsync(reader, Credential.Hash(token), SessionTicket.Window, cancellationToken) is { } window && window.AccountId == accountId && window.SessionId == sessionId;
    }

    /// <summary>What the worker knows a window by: nothing leads from it back to the token.</summary>
    public static string WindowId(string token) => Credential.Derive(token, "window");

    private async Task<SessionPass?> PassAsync(IHubReader reader, SessionTicket ticket, CancellationToken cancellationToken)
    {
        // Only the ids count: all else is read.
        var asked = new Principal(ticket.AccountId, "", "", ticket.AuthSessionId, ticket.TokenId, null, TokenScopes.None, DateTimeOffset.UnixEpoch);
        return await _sights.FindAsync(reader, asked, ticket.SessionId, cancellationToken) is { } sight ? new SessionPass(sight, ticket.Access, ticket.Until) : null;
    }

    private static SessionTicket Of(SessionSight sight, string purpose, string secret) => new()
    {
        Hash = Credential.Hash(secret),
        Purpose = purpose,
        SessionId = sight.View.Id,
        AccountId = sight.Principal.AccountId,
        TokenId = sight.Principal.TokenId,
        AuthSessionId = sight.Principal.AuthSessionId,
    };

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset? other) => other < one ? other.Value : one;
}

/// <summary>A key that was just made; nothing can show its secret again.</summary>
public sealed record IssuedTicket(string Secret, string SessionId, string Access, DateTimeOffset ExpiresAt)
{
    // A record prints its members.
    public override string ToString() => nameof(IssuedTicket);
}

/// <summary>What a key opened.</summary>
/// <param name="Access">At most this, whatever the account may.</param>
/// <param name="Until">When it is over; null: with the session and the account's rights.</param>
public sealed record SessionPass(SessionSight Sight, string Access, DateTimeOffset? Until)
{
    public bool MayControl => Access == TicketAccess.Control && Sight.MaySteer;
}
