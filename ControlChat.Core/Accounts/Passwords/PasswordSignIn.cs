using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts.Passwords;

/// <summary>Sign-in with the e-mail and password of a hub account. What it answers, and how long it takes, is the same whether or not there is such an account.</summary>
public sealed class PasswordSignIn
{
    private readonly HubDatabase _database;
    private readonly AccountStore _accounts;
    private readonly PasswordStore _passwords;
    private readonly SignInFailures _failures;
    private readonly SessionOpening _opening;
    private readonly PasswordLanes _lanes;

    internal PasswordSignIn(HubDatabase database, AccountStore accounts, PasswordStore passwords, SignInFailures failures, SessionOpening opening, PasswordLanes lanes) =>
        (_database, _accounts, _passwords, _failures, _opening, _lanes) = (database, accounts, passwords, failures, opening, lanes);

    /// <param name="address">The network the attempt comes from, as one client is counted.</param>
    /// <param name="rowFor">Asked with one reason for all.</param>
    public async Task<SignInResult> SignInAsync(string email, string password, string address, SigningBrowser browser, RowForRefusal rowFor, CancellationToken cancellationToken)
    {
        using var turn = await _lanes.EnterAsync(cancellationToken);
        if (turn is null) return new SignInResult.Busy(PasswordLanes.ComeAgain);
        var (account, stored, known, wait) = await BeginAsync(email, address, browser.Mark, cancellationToken);
        if (wait is { } pause) return new SignInResult.Paused(pause);
        var right = PasswordCheck.Matches(stored, password);
        var renewed = right && stored is not null && PasswordHash.IsOld(stored) ? PasswordHash.Make(password) : null;
        await using var transaction = await _database.BeginAsync(cancellationToken);
        if (right && await StillAsync(transaction, account!.Id, stored!, cancellationToken) is { } present)
        {
            await _failures.ForgiveAsync(transaction, known ?? KeyOf(email), known is null ? SignInFailures.KeyOfAddress(address) : null, cancellationToken);
            if (renewed is not null) await _passwords.RenewAsync(transaction, present.Id, stored!, renewed, cancellationToken);
            var mark = known is null || renewed is not null ? KnownBrowser.Mark(present.Id, renewed ?? stored!) : null;
            var done = await _opening.OpenAsync(transaction, present, browser, "password", transaction.Now, cancellationToken, mark: mark);
            await transaction.CommitAsync(cancellationToken);
            return done;
        }
        // A closed account that still got its row when others get none would be known by the time that takes.
        await transaction.CommitRefusalAsync(rowFor, "wrong", leftOut =>
            _opening.FailAsync(transaction, account?.Id, "password", account is { ClosedAt: not null } ? "closed" : "wrong", leftOut, CancellationToken.None));
        return new SignInResult.Refused("wrong");
    }

    private async Task<(Account? Account, string? Stored, string? Known, TimeSpan? Wait)> BeginAsync(string email, string address, string? mark, CancellationToken cancellationToken)
    {
        await using var transaction = await _database.BeginAsync(cancellationToken);
        await _failures.SweepAsync(transaction, cancellationToken);
        var account = await _accounts.FindByEmailAsync(transaction, Emails.Plain(email), cancellationToken);
        var stored = await _passwords.FindAsync(transaction, account?.Id ?? "", cancellationToken);
        var known = KnownBrowser.KeyOf(mark, account?.Id, stored);
        var wait = known is null
            ? await CountAsync(transaction, KeyOf(email), SignInFailures.KeyOfAddress(address), cancellationToken)
            : await _failures.BeginAsync(transaction, known, SignInFailures.OfAccount, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (account, stored, known, wait);
    }

    // An account that waits is no fault of the address, and what is not looked at is counted nowhere.
    private async Task<TimeSpan?> CountAsync(IHubTransaction transaction, string key, string addressKey, CancellationToken cancellationToken) =>
        await _failures.WaitAsync(transaction, key, cancellationToken)
            ?? await _failures.BeginAsync(transaction, addressKey, SignInFailures.OfAddress, cancellationToken)
            ?? await _failures.BeginAsync(transaction, key, SignInFailures.OfAccount, cancellationToken);

    // The password took its time; what it opens may have been closed meanwhile.
    private async Task<Account?> StillAsync(IHubTransaction transaction, string accountId, string stored, CancellationToken cancellationToken) =>
        await _accounts.FindAsync(transaction, accountId, cancellationToken) is { ClosedAt: null } account && await _passwords.FindAsync(transaction, accountId, cancellationToken) == stored ? account : null;

    private static string KeyOf(string email) => SignInFailures.KeyOfEmail(Emails.Plain(email));
}

internal static class PasswordCheck
{
    private const int MostCharacters = 1024;

    /// <summary>Takes as long for an account without a password, and for text that can be nobody's password.</summary>
    public static bool Matches(string? stored, string password)
    {
        var possible = password.Length <= MostCharacters && PasswordPolicy.IsText(password);
        return PasswordHash.Matches(stored ?? PasswordHash.OfNobody, possible ? password : "x") && possible && stored is not null;
    }

    /// <summary>The data of an <c>account.changed</c> row.</summary>
    public static JsonObject Changed(string accountId, string change) => new() { ["account_id"] = accountId, ["change"] = change };
}
