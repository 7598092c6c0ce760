using System.Globalization;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Usage;

/// <summary>Reads the table: each thing a row is about with its sums, and the total.</summary>
internal sealed class UsageTallies
{
    /// <summary>People, tokens or tools that stand apart; the rest stands together.</summary>
    public const int Most = 2_000;

    /// <summary>The key of the rest.</summary>
    public const string Rest = "+";

    private const string Sums = ", kind, bucket, cast(sum(calls) as bigint), cast(sum(errors) as bigint), cast(sum(tokens_in) as bigint), cast(sum(tokens_out) as bigint), cast(sum(ms) as bigint) from usage_days where day >= @from and day <= @to and ";
    private const string AllDays = "select day" + Sums + "account_id = '*' group by day, kind, bucket";
    private const string AllTools = "select name" + Sums + "account_id = '*' group by name, kind, bucket";
    private const string AllPeople = "select account_id" + Sums + "name = '*' group by account_id, kind, bucket";
    private const string OneDays = "select day" + Sums + "account_id = @account and name = '*' group by day, kind, bucket";
    private const string OneTools = "select name" + Sums + "account_id = @account and name <> '*' group by name, kind, bucket";
    private const string OneTokens = "select token_id" + Sums + "account_id = @account and name <> '*' group by token_id, kind, bucket";
    private const string OnePerson = "select account_id" + Sums + "account_id = @account and name = '*' group by account_id, kind, bucket";

    private readonly Dictionary<string, UsageTally> _each = [];
    private readonly UsageTally _total = new();

    public UsageFigures Total => _total.Figures;

    public IEnumerable<(string Key, UsageFigures Figures)> Each => _each.Select(e => (e.Key, e.Value.Figures));

    public static async Task<UsageTallies> ReadAsync(IHubReader reader, UsageQuery query, CancellationToken cancellationToken)
    {
        var tallies = new UsageTallies();
        if (query.By == UsageBy.Day)
            for (var day = query.From; day <= query.To && day <= DateOnly.FromDateTime(reader.Now.UtcDateTime); day = day.AddDays(1)) tallies._each[Day(day)] = new UsageTally();
        await reader.ScanAsync(SqlOf(query), new { from = Day(query.From), to = Day(query.To), account = query.Account }, row =>
        {
            var sum = new UsageSum(row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.GetInt64(6), row.GetInt64(7));
            tallies.Add(row.GetString(0), row.GetString(1), (int)row.GetInt64(2), sum, query.By == UsageBy.Tool);
            return true;
        }, cancellationToken);
        return tallies;
    }

    private void Add(string key, string kind, int bucket, UsageSum sum, bool toolsOnly)
    {
        _total.Add(kind, bucket, sum);
        if (toolsOnly && kind is (UsageKinds.Run or UsageKinds.Session)) return;
        if (!_each.ContainsKey(key) && _each.Count >= Most) key = Rest;
        if (!_each.TryGetValue(key, out var tally)) _each[key] = tally = new UsageTally();
        tally.Add(kind, bucket, sum);
    }

    private static string SqlOf(UsageQuery query) => (query.By, query.Account) switch
    {
        (UsageBy.Day, null) => AllDays,
        (UsageBy.Tool, null) => AllTools,
        (UsageBy.Day, _) => OneDays,
        (UsageBy.Tool, _) => OneTools,
        (UsageBy.Token, _) => OneTokens,
        (_, null) => AllPeople,
        _ => OnePerson,
    };

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
