using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

/// <summary>Why two accounts do not count as two persons.</summary>
public enum Tie
{
    /// <summary>It is the account itself.</summary>
    Same,

    /// <summary>Their e-mail addresses lead to one mailbox, or did so lately.</summary>
    Mailbox,

    /// <summary>The other account made this one, or gave it its role, its e-mail address or a link to choose a password, lately; itself or through accounts it gave these to.</summary>
    Given,

    /// <summary>This account made the other one, or gave it its e-mail address or a link to choose a password, lately: its way in was in this one's hand.</summary>
    Gave,

    /// <summary>They signed in in the same browser, one after the other.</summary>
    Browser,
}

/// <summary>
/// Which accounts may be one person, or one in the hand of the other, as far as the hub can know: for decisions that need two. What an
/// operator does at the hub's own machine ties nobody.
/// </summary>
internal static class AccountTies
{
    /// <summary>How long what was given ties.</summary>
    public static readonly TimeSpan Lately = TimeSpan.FromDays(7);

    // A chain of accounts that each made the next is followed to its end; one account is looked at once.
    private const string GivenSql =
        """
        with recursive given (id) as (
          select by_id from account_ties where account_id = @id and at > @since and what <> 'mailbox'
          union select t.by_id from account_ties t join given g on t.account_id = g.id where t.at > @since and t.what <> 'mailbox')
        select id from given where id <> @id
        """;

    // The other way round: those whose way in came from here. A role alone is none.
    private const string GaveSql =
        """
        with recursive gave (id) as (
          select account_id from account_ties where by_id = @id and at > @since and what in ('created', 'email', 'password_link')
          union select t.account_id from account_ties t join gave g on t.by_id = g.id where t.at > @since and t.what in ('created', 'email', 'password_link'))
        select id from gave where id <> @id
        """;

    private const string BrowserSql =
        """
        select distinct o.account_id from auth_sessions m join auth_sessions o on o.lineage = m.lineage
        where m.account_id = @id and o.account_id <> @id and m.expires_at > @since and o.expires_at > @since
        """;

    /// <summary>In the transaction of the change.</summary>
    /// <param name="by">Who gave it.</param>
    /// <param name="what"><c>created|role|email|password_link|reopened</c>.</param>
    public static async Task NoteAsync(IHubTransaction transaction, string accountId, string by, string what, CancellationToken cancellationToken)
    {
        if (by == accountId) return;
        await AddAsync(transaction, accountId, by, what, cancellationToken);
        await transaction.ExecuteAsync("delete from account_ties where at <= @since", new { since = transaction.Now - Lately }, cancellationToken);
    }

    /// <summary>In the transaction that gives the account another address, before it does: whose mailbox it was, it was lately.</summary>
    public static async Task NoteMailboxAsync(IHubTransaction transaction, string accountId, CancellationToken cancellationToken)
    {
        foreach (var other in await MailboxAsync(transaction, accountId, cancellationToken))
        {
            await AddAsync(transaction, accountId, other, "mailbox", cancellationToken);
            await AddAsync(transaction, other, accountId, "mailbox", cancellationToken);
        }
    }

    /// <summary>The accounts whose requests this one is no second person for, and why; itself among them.</summary>
    public static async Task<IReadOnlyDictionary<string, Tie>> OfAsync(IHubReader reader, string accountId, CancellationToken cancellationToken)
    {
        var ties = new Dictionary<string, Tie> { [accountId] = Tie.Same };
        var values = new { id = accountId, since = reader.Now - Lately };
        foreach (var id in await MailboxAsync(reader, accountId, cancellationToken)) ties.TryAdd(id, Tie.Mailbox);
        foreach (var id in await reader.QueryAsync<string>("select by_id from account_ties where account_id = @id and at > @since and what = 'mailbox'", values, cancellationToken)) ties.TryAdd(id, Tie.Mailbox);
        foreach (var id in await reader.QueryAsync<string>(GivenSql, values, cancellationToken)) ties.TryAdd(id, Tie.Given);
        foreach (var id in await reader.QueryAsync<string>(GaveSql, values, cancellationToken)) ties.TryAdd(id, Tie.Gave);
        foreach (var id in await reader.QueryAsync<string>(BrowserSql, values, cancellationToken)) ties.TryAdd(id, Tie.Browser);
        return ties;
    }

    private static Task<int> AddAsync(IHubTransaction transaction, string accountId, string by, string what, CancellationToken cancellationToken) => transaction.ExecuteAsync(
        """
        insert into account_ties (account_id, by_id, what, at) values (@accountId, @by, @what, hub_now())
        on conflict (account_id, by_id, what) do update set at = excluded.at
        """, new { accountId, by, what }, cancellationToken);

    private static async Task<IEnumerable<string>> MailboxAsync(IHubReader reader, string accountId, CancellationToken cancellationToken)
    {
        var own = await reader.FindAsync<string>("select email from accounts where id = @accountId", new { accountId }, cancellationToken);
        if (Emails.MailboxOf(own) is not { } mailbox) return [];
        // Few share a domain and the beginning of a name; which of them share the mailbox is said by the one rule for it.
        var at = mailbox.LastIndexOf('@');
        var like = await reader.QueryAsync<Addressed>(
            "select id, email from accounts where id <> @accountId and email is not null and lower(substr(email, 1, @length)) = @name",
            new { accountId, length = at, name = mailbox[..at] }, cancellationToken);
        return like.Where(a => Emails.MailboxOf(a.Email) == mailbox).Select(a => a.Id);
    }

    private sealed record Addressed
    {
        public string Id { get; init; } = "";
        public string Email { get; init; } = "";
    }
}
