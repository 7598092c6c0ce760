using System.Text.Json.Nodes;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

/// <summary>The browser that signs in, as it comes.</summary>
/// <param name="UserAgent">What it calls itself; untrusted.</param>
/// <param name="Present">Who is signed in in it already, or null.</param>
public sealed record SigningBrowser(string? UserAgent, Principal? Present = null)
{
    /// <summary>What an earlier sign-in left in it (<see cref="SignInResult.SignedIn.Mark"/>); untrusted. Null: nothing.</summary>
    public string? Mark { get; init; }
}

/// <summary>What every way of signing in ends with: a session, its cookie, the browser's mark and a row on the record, in the caller's transaction.</summary>
internal sealed class SessionOpening(BrowserSessionStore sessions, IAccountRecord record)
{
    /// <param name="by">How: <c>link|password|password_link|openid:NAME|proxy</c>.</param>
    /// <param name="authTime">When the person proved who they are: now for a link or a password, else what the outside says of it.</param>
    /// <param name="cookieOf">The cookie of a session id, where a trusted proxy vouches for the person at every request; null: a random one.</param>
    /// <param name="mark">By which the account's password knows the browser again (<see cref="KnownBrowser"/>); null: the browser keeps the mark it has, or gets one.</param>
    public async Task<SignInResult.SignedIn> OpenAsync(
        IHubTransaction transaction, Account account, SigningBrowser browser, string by, DateTimeOffset authTime, CancellationToken cancellationToken, Func<string, string>? cookieOf = null, string? mark = null)
    {
        var session = Make(transaction, account, browser.UserAgent, authTime) with { VouchedAt = cookieOf is null ? null : transaction.Now };
        var again = false;
        string? after = null;
        if (browser.Present is { AuthSessionId: { } present } person)
        {
            // The same person proves once more who they are: what their pages hold goes on, under a new cookie.
            again = person.AccountId == account.Id;
            if (!again) after = present;
            if (again) session = session with { Id = present, AuthTime = session.AuthTime > person.AuthTime ? session.AuthTime : person.AuthTime };
            else await EndAsync(transaction, person, present, cancellationToken);
        }
        var cookie = cookieOf?.Invoke(session.Id) ?? Credential.New();
        if (!again || !await sessions.RenewAsync(transaction, session, Credential.Hash(cookie), cancellationToken))
        {
            if (again) session = session with { Id = Ids.New("ses") };
            if (again && cookieOf is not null) cookie = cookieOf(session.Id);
            await sessions.AddAsync(transaction, session, Credential.Hash(cookie), after, cancellationToken);
        }
        await record.AppendAsync(transaction, new AccountEvent("signin.ok", new AccountActor(account.Id, session.Id, "ui"), new() { ["by"] = by, ["again"] = again }), cancellationToken);
        return new SignInResult.SignedIn(cookie, session) { Mark = await MarkAsync(transaction, session.Id, browser.Mark, mark, cancellationToken) };
    }

    /// <param name="leftOut">How many before it got no row (<see cref="RowForRefusal"/>).</param>
    public Task FailAsync(IHubTransaction transaction, string? accountId, string by, string reason, int leftOut, CancellationToken cancellationToken) =>
        record.AppendAsync(transaction, new AccountEvent("signin.failed", new AccountActor(accountId, null, "ui"), Failed(reason, by, leftOut)), cancellationToken);

    /// <summary>The data of a <c>signin.failed</c> row.</summary>
    public static JsonObject Failed(string reason, string by, int leftOut)
    {
        var data = new JsonObject { ["reason"] = reason, ["by"] = by };
        if (leftOut > 0) data["left_out"] = leftOut;
        return data;
    }

    // Whoever signs in in this browser next is known to come after this one, by whichever way.
    private async Task<string?> MarkAsync(IHubTransaction transaction, string sessionId, string? brought, string? mark, CancellationToken cancellationToken)
    {
        var before = KnownBrowser.IsMark(brought) ? brought : null;
        var left = mark ?? before ?? KnownBrowser.NewMark();
        await sessions.MarkAsync(transaction, sessionId, Credential.Hash(left), before is null ? null : Credential.Hash(before), cancellationToken);
        return left == before ? null : left;
    }

    private async Task EndAsync(IHubTransaction transaction, Principal person, string sessionId, CancellationToken cancellationToken)
    {
        if (await sessions.EndAsync(transaction, sessionId, person.AccountId, "signed_out", cancellationToken))
            await record.AppendAsync(transaction, new AccountEvent("signin.out", AccountActor.Of(person), new() { ["session"] = sessionId, ["reason"] = "replaced" }), cancellationToken);
    }

    private static BrowserSession Make(IHubTransaction transaction, Account account, string? userAgent, DateTimeOffset authTime) => new()
    {
        Id = Ids.New("ses"),
        AccountId = account.Id,
        AuthTime = authTime < transaction.Now ? authTime : transaction.Now,
        LastSeenAt = transaction.Now,
        ExpiresAt = transaction.Now + BrowserSessions.Lifetime,
        UserAgent = Kept(userAgent),
    };

    /// <summary>What of a browser's name for itself is kept.</summary>
    public static string? Kept(string? userAgent) => userAgent is { Length: > 300 } ? userAgent[..300] : userAgent;
}
