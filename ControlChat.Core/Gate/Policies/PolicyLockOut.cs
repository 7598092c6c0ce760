using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate.Policies;

/// <summary>
/// Whose requests nobody could answer: a second person is an open admin who can sign in and is nobody else than the one who asks. Everything else
/// can be answered by who asked, or by the admin that every hub has.
/// </summary>
internal sealed class PolicyLockOut(AccountStore accounts)
{
    /// <summary>The roles for which these rules may ask for a second person.</summary>
    public static IReadOnlySet<string> RolesOf(IEnumerable<PolicyRule> rules) =>
        rules.Where(r => r.Decision == "second_person").SelectMany(r => r.Role is null ? (IEnumerable<string>)["admin", "member"] : [r.Role]).ToHashSet();

    /// <summary>The same, of the operator's floor as well: that knows no roles.</summary>
    public static IReadOnlySet<string> RolesOf(PolicyRules rules) =>
        rules.Tools.Values.Concat(rules.Scopes.Values).Contains("second_person") ? new HashSet<string> { "admin", "member" } : RolesOf(rules.Saved);

    /// <summary>The open accounts of these roles whom nobody could answer.</summary>
    public async Task<IReadOnlyList<Stuck>> FindAsync(IHubReader reader, IReadOnlySet<string> roles, CancellationToken cancellationToken)
    {
        if (roles.Count == 0) return [];
        var people = await accounts.ListWaysAsync(reader, cancellationToken);
        var approvers = people.Where(p => p is { Role: "admin", HasWayIn: true }).ToList();
        var ties = new Dictionary<string, IReadOnlyDictionary<string, Tie>>();
        foreach (var approver in approvers) ties[approver.Id] = await AccountTies.OfAsync(reader, approver.Id, cancellationToken);
        return [.. people.Where(p => roles.Contains(p.Role) && approvers.All(a => ties[a.Id].ContainsKey(p.Id))).Select(p => new Stuck(p.Id, p.Name, p.Role, approvers.Count,
            [.. approvers.Where(a => a.Id != p.Id).Select(a => (a.Name, ties[a.Id][p.Id]))]))];
    }
}

/// <summary>An account whose requests nobody could answer.</summary>
/// <param name="Approvers">How many open admins can sign in.</param>
/// <param name="Tied">Those who are no second person for it, and why.</param>
internal sealed record Stuck(string Id, string Name, string Role, int Approvers, IReadOnlyList<(string Name, Tie Tie)> Tied)
{
    /// <summary>The fact, and what to do.</summary>
    public string Words => this switch
    {
        { Approvers: 0 } => $"Nobody could approve what {Name} asks for: no open admin can sign in. Give an admin a password or an identity of a provider first.",
        { Tied: [] } => $"Nobody could approve what {Name} asks for: no other admin can sign in. Make somebody else an admin who has a password or an identity of a provider, or let the rule ask members only.",
        _ => $"Nobody could approve what {Name} asks for: {string.Join("; ", Tied.Select(Reason))}. {Advice}",
    };

    private string Advice => Tied.Any(t => t.Tie is Tie.Given or Tie.Gave)
        ? $"Wait until that is {AccountTies.Lately.Days} days ago, or make one more person an admin by the command line."
        : "Make one more person an admin.";

    private string Reason((string Name, Tie Tie) tied) => tied.Tie switch
    {
        Tie.Mailbox => $"{tied.Name} has the same mailbox, or had it lately",
        Tie.Given => $"{Name} made {tied.Name}'s account or gave it its role or its way in less than {AccountTies.Lately.Days} days ago",
        Tie.Gave => $"{tied.Name} made {Name}'s account or gave it its way in less than {AccountTies.Lately.Days} days ago",
        _ => $"{tied.Name} signed in in the same browser",
    };
}
