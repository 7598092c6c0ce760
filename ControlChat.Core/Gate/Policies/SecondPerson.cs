using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate.Policies;

/// <summary>
/// For whose requests a person is no second one: their own, those of their tokens, and those of accounts that may be theirs as well, or through
/// which theirs was made. Read once for a whole list.
/// </summary>
internal sealed class SecondPerson
{
    private readonly IReadOnlyDictionary<string, Tie> _ties;

    private SecondPerson(IReadOnlyDictionary<string, Tie> ties) => _ties = ties;

    /// <summary>The accounts whose requests these are.</summary>
    public IEnumerable<string> Barred => _ties.Keys;

    public static async Task<SecondPerson> OfAsync(IHubReader reader, string accountId, CancellationToken cancellationToken) =>
        new(await AccountTies.OfAsync(reader, accountId, cancellationToken));

    public bool May(string requesterId) => !_ties.ContainsKey(requesterId);

    /// <returns>A sentence for the person; null: they may.</returns>
    public string? WhyNot(ApprovalRow row) => _ties.TryGetValue(row.AccountId, out var tie) ? Words(tie, row) : null;

    private static string Words(Tie tie, ApprovalRow row) => tie switch
    {
        Tie.Same when row.TokenId is not null => "Your API token asked for this, so another person must approve it.",
        Tie.Same => "You asked for this, so another person must approve it.",
        Tie.Mailbox => $"Your account and that of {row.AccountName} have the same mailbox, or had it less than {AccountTies.Lately.Days} days ago. Somebody else must approve this.",
        Tie.Given => $"{row.AccountName} made your account, or gave it its role, e-mail address or password link, less than {AccountTies.Lately.Days} days ago. Somebody else must approve this.",
        Tie.Gave => $"You made the account of {row.AccountName}, or gave it its e-mail address or password link, less than {AccountTies.Lately.Days} days ago. Somebody else must approve this.",
        _ => $"You and {row.AccountName} signed in in the same browser, one after the other. Somebody else must approve this.",
    };
}
