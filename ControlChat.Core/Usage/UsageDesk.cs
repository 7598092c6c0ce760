using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Usage;

/// <summary>What was used, for who may see it: everyone their own and the hub's totals without names, admins all.</summary>
public sealed class UsageDesk(HubDatabase database, IPrincipals principals, AccountLimits limits)
{
    private const string Gone = "This sign-in or token is not valid any more. Sign in again.";
    private const string Others = "Only admins see what others used. Leave the account out for the totals of the hub by day or tool, or name your own.";
    private const string OneAccount = "Tokens are listed for one account. Name it.";

    /// <exception cref="FormatException">The cursor is not one of this list.</exception>
    public async Task<UsageAnswer> ReadAsync(Principal principal, UsageQuery query, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await principals.ReloadAsync(reader, principal, cancellationToken) is not { } present) return new UsageAnswer.Refused(Gone);
        if (query.NamesPeople && !present.IsAdmin && query.Account != present.AccountId) return new UsageAnswer.Refused(Others);
        if (query is { By: UsageBy.Token, Account: null }) return new UsageAnswer.Refused(OneAccount);
        var tallies = await UsageTallies.ReadAsync(reader, query, cancellationToken);
        var each = tallies.Each.ToList();
        var names = await NamesAsync(reader, query.By, each.ConvertAll(e => e.Key), cancellationToken);
        var rows = each.Select(e => new UsageRow(e.Key, names.GetValueOrDefault(e.Key) ?? Word(query.By, e.Key), e.Figures));
        var (items, previous, next) = new UsageOrder(query.By, query.Sort).Page(rows, query);
        return new UsageAnswer.Found(new UsageReport(query, tallies.Total, items, previous, next));
    }

    /// <summary>What the principal's account may still use today.</summary>
    public async Task<UsageToday> TodayAsync(Principal principal, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        var most = await limits.OfAsync(reader, principal.AccountId, cancellationToken);
        return new UsageToday(await TokenUsage.TodayAsync(reader, principal.AccountId, cancellationToken), most.TokensPerDay);
    }

    // Whoever left keeps the name.
    private static async Task<Dictionary<string, string>> NamesAsync(IHubReader reader, UsageBy by, List<string> keys, CancellationToken cancellationToken)
    {
        if (by is not (UsageBy.Person or UsageBy.Token)) return [];
        var sql = (by == UsageBy.Person ? "select id, name from accounts where id in (" : "select id, name from api_tokens where id in (") + reader.Dialect.TextsOf("@ids") + ")";
        return (await reader.QueryAsync<Named>(sql, new { ids = Json.Write(keys) }, cancellationToken)).ToDictionary(n => n.Id, n => n.Name);
    }

    private static string Word(UsageBy by, string key) => (by, key) switch
    {
        (_, UsageTallies.Rest) => "All others",
        (UsageBy.Person, UsageCounts.Nobody) => "Not known",
        (UsageBy.Token, "") => "Signed in, without a token",
        _ => key,
    };

    private sealed record Named
    {
        public string Id { get; init; } = "";
        public string Name { get; init; } = "";
    }
}
