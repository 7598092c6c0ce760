namespace ControlChat.Core.Accounts.Passwords;

/// <summary>
/// The mark of a browser that somebody has signed in in before, and who signs in after them is known by it. Of one that has signed in with an
/// account's password, what it gets wrong is counted apart, so that a stranger who guesses cannot keep the account's person waiting (OWASP, Slow
/// Down Online Guessing Attacks with Device Cookies): there it is derived from the stored password and needs no row; with the password that ends.
/// It opens nothing.
/// </summary>
internal static class KnownBrowser
{
    /// <summary>Of a browser that no password knows.</summary>
    public static string NewMark() => Credential.New() + Credential.New();

    /// <summary>Whether it has the form of a mark: what a browser brings may be anything.</summary>
    public static bool IsMark(string? mark) => mark is { Length: 2 * Credential.Length } && Credential.IsWellFormed(mark[..Credential.Length]) && Credential.IsWellFormed(mark[Credential.Length..]);

    /// <param name="stored">The password's stored form, whose salt nobody outside the database knows.</param>
    public static string Mark(string accountId, string stored)
    {
        var name = Credential.New();
        return name + Proof(accountId, stored, name);
    }

    /// <returns>Under what its failures are counted; null: the mark is none of this account's.</returns>
    public static string? KeyOf(string? mark, string? accountId, string? stored) =>
        accountId is not null && stored is not null && mark is { Length: 2 * Credential.Length } && Credential.Matches(Proof(accountId, stored, mark[..Credential.Length]), mark[Credential.Length..])
            ? "browser:" + Credential.Hash(mark) : null;

    private static string Proof(string accountId, string stored, string name) => Credential.Derive(stored, $"browser:{accountId}:{name}");
}
