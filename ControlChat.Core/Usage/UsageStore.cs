using System.Globalization;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Usage;

/// <summary>
/// The table of what was used, day by day. Each number stands three times, so that reading costs the same however many people and tools
/// there are: by itself, for its person without the tool (name <c>*</c>), and for all people together (account <c>*</c>).
/// </summary>
internal static class UsageStore
{
    /// <summary>Everyone as an account; every name as a name.</summary>
    public const string All = "*";

    /// <summary>What one statement takes.</summary>
    public const int Batch = 2_000;

    /// <summary>How long it is kept.</summary>
    public const int Days = 400;

    // `->>` reads a place of a JSON array in both databases; "where true" keeps SQLite from taking "on conflict" for a join.
    private const string AddHead = "insert into usage_days (day, account_id, token_id, kind, name, bucket, calls, errors, tokens_in, tokens_out, ms) select "
        + "value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, cast(value ->> 5 as bigint), cast(value ->> 6 as bigint), cast(value ->> 7 as bigint), "
        + "cast(value ->> 8 as bigint), cast(value ->> 9 as bigint), cast(value ->> 10 as bigint) from ";

    private const string AddTail = " added where true on conflict (account_id, day, token_id, kind, name, bucket) do update set "
        + "calls = usage_days.calls + excluded.calls, errors = usage_days.errors + excluded.errors, tokens_in = usage_days.tokens_in + excluded.tokens_in, "
        + "tokens_out = usage_days.tokens_out + excluded.tokens_out, ms = usage_days.ms + excluded.ms";

    private const string MarkSql =
        """
        insert into usage_marks (node, batch, at) values (@node, @batch, hub_now())
        on conflict (node) do update set batch = excluded.batch, at = excluded.at where usage_marks.batch < excluded.batch
        """;

    public static string DayOf(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Adds one number on the transaction's day, in the transaction that made it.</summary>
    /// <param name="took">How long it took; null where that says nothing.</param>
    public static Task AddAsync(IHubTransaction transaction, string account, string? token, string kind, string name, UsageSum sum, TimeSpan? took, CancellationToken cancellationToken) =>
        AddAsync(transaction, [(new UsageKey(DayOf(transaction.Now), account, token ?? "", kind, name, took is { } time ? LatencyBuckets.Of(time) : LatencyBuckets.None), sum)], cancellationToken);

    /// <summary>Adds numbers in one statement.</summary>
    /// <param name="rows">At most <see cref="Batch"/>.</param>
    public static Task AddAsync(IHubTransaction transaction, IReadOnlyCollection<(UsageKey Key, UsageSum Sum)> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0) return Task.CompletedTask;
        var sums = new Dictionary<UsageKey, UsageSum>(rows.Count * 3);
        foreach (var (key, sum) in rows)
        {
            Add(sums, key, sum);
            Add(sums, key with { Token = "", Name = All }, sum);
            Add(sums, key with { Token = "", Account = All }, sum);
        }
        // One statement may change a row once, and takes the rows in one order whoever writes.
        var values = sums.OrderBy(s => s.Key.Day, StringComparer.Ordinal).ThenBy(s => s.Key.Account, StringComparer.Ordinal).Select(s => ValuesOf(s.Key, s.Value));
        return transaction.ExecuteAsync(AddHead + transaction.Dialect.ValuesOf("@rows") + AddTail, new { rows = Json.Write(values) }, cancellationToken);
    }

    /// <summary>Notes that a batch of a process is in this transaction. The answer to a commit may be lost; the mark is not.</summary>
    /// <returns>False when it came through before.</returns>
    public static async Task<bool> MarkAsync(IHubTransaction transaction, string node, long batch, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(MarkSql, new { node, batch }, cancellationToken) == 1;

    /// <summary>Forgets what is too old, and the marks of processes that are gone.</summary>
    public static async Task ForgetAsync(IHubTransaction transaction, CancellationToken cancellationToken)
    {
        var before = transaction.Now.AddDays(-Days);
        await transaction.ExecuteAsync(
            """
            delete from usage_days where day < @before
              and account_id in (select account_id from usage_days where name = '*' and day < @before union select '*')
            """, new { before = DayOf(before) }, cancellationToken);
        await transaction.ExecuteAsync("delete from usage_marks where at < @before", new { before }, cancellationToken);
    }

    private static object[] ValuesOf(UsageKey key, UsageSum sum) =>
        [key.Day, key.Account, key.Token, key.Kind, key.Name, key.Bucket, sum.Calls, sum.Errors, sum.TokensIn, sum.TokensOut, sum.Milliseconds];

    private static void Add(Dictionary<UsageKey, UsageSum> sums, UsageKey key, UsageSum sum) => sums[key] = sums.GetValueOrDefault(key) + sum;
}
