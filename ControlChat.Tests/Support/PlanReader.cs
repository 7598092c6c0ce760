using System.Data.Common;
using System.Text.RegularExpressions;
using ControlChat.Core.Hub;

namespace ControlChat.Tests.Support;

/// <summary>
/// Asks the database for the plan of every statement before it runs, and counts the rows that come back. PostgreSQL reads a small table
/// whole whatever its indexes are, so it is told to avoid that: what it still reads whole has no index that helps.
/// </summary>
public sealed partial class PlanReader(IHubReader inner) : IHubReader
{
    private readonly List<(string Sql, IReadOnlyList<string> Plan)> _plans = [];
    private bool _told;

    public IReadOnlyList<(string Sql, IReadOnlyList<string> Plan)> Plans => _plans;

    public int Rows { get; private set; }

    public DateTimeOffset Now => inner.Now;

    public SqlDialect Dialect => inner.Dialect;

    /// <summary>Statements that read a table from end to end or sort what they found, each with its plan.</summary>
    public IEnumerable<string> Unindexed(params string[] tables) => _plans
        .Where(p => Dialect == SqlDialect.Sqlite ? p.Plan.Any(line => IsWholeOnSqlite(line, tables)) : !IsOfGivenRows(p.Sql) && IsWholeOnPostgres(p.Plan, tables))
        .Select(p => $"{p.Sql}\n  {string.Join("\n  ", p.Plan)}");

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? arguments, CancellationToken cancellationToken)
    {
        await ExplainAsync(sql, arguments, cancellationToken);
        var rows = await inner.QueryAsync<T>(sql, arguments, cancellationToken);
        Rows += rows.Count;
        return rows;
    }

    public async Task<T?> FindAsync<T>(string sql, object? arguments, CancellationToken cancellationToken)
    {
        await ExplainAsync(sql, arguments, cancellationToken);
        Rows++;
        return await inner.FindAsync<T>(sql, arguments, cancellationToken);
    }

    public Task ScanAsync(string sql, object? arguments, Func<DbDataReader, bool> row, CancellationToken cancellationToken) =>
        inner.ScanAsync(sql, arguments, row, cancellationToken);

    private async Task ExplainAsync(string sql, object? arguments, CancellationToken cancellationToken)
    {
        if (Dialect == SqlDialect.Sqlite)
        {
            _plans.Add((sql, [.. (await inner.QueryAsync<Step>("explain query plan " + sql, arguments, cancellationToken)).Select(s => s.Detail)]));
            return;
        }
        if (!_told)
        {
            // Joins that read one side whole are for small tables too.
            foreach (var way in new[] { "seqscan", "sort", "hashjoin", "mergejoin" })
                await inner.FindAsync<string>($"select set_config('enable_{way}', 'off', true)", null, cancellationToken);
        }
        _told = true;
        _plans.Add((sql, await inner.QueryAsync<string>("explain " + sql, arguments, cancellationToken)));
    }

    // "SCAN m USING INDEX …" walks a whole index; "SCAN x VIRTUAL TABLE INDEX …" asks the full-text index.
    private static bool IsWholeOnSqlite(string line, string[] tables) =>
        line.Contains("TEMP B-TREE FOR ORDER BY", StringComparison.Ordinal)
        || SqliteScan().Match(line) is { Success: true } scan && tables.Contains(scan.Groups[1].Value) && !line.Contains("VIRTUAL TABLE", StringComparison.Ordinal);

    // Given rows are as many as their giver made them; beside so small a table PostgreSQL looks at all of it instead.
    private static bool IsOfGivenRows(string sql) => sql.Contains("json_array_elements", StringComparison.Ordinal);

    // Each node stands on a line of its own, its conditions on the lines after it. An index without a condition is walked whole.
    private static bool IsWholeOnPostgres(IReadOnlyList<string> plan, string[] tables)
    {
        for (var i = 0; i < plan.Count; i++)
        {
            if (plan[i].Contains("Sort Key", StringComparison.Ordinal)) return true;
            if (PostgresScan().Match(plan[i]) is not { Success: true } scan || !tables.Contains(scan.Groups[3].Value)) continue;
            // Walked whole, one of those holds what is open and nothing else: as much as there is to do.
            if (scan.Groups[2].Value.EndsWith("_open", StringComparison.Ordinal)) continue;
            var conditions = plan.Skip(i + 1).TakeWhile(line => !line.Contains("->", StringComparison.Ordinal));
            if (scan.Groups[1].Value == "Seq" || !conditions.Any(line => line.Contains("Cond:", StringComparison.Ordinal))) return true;
        }
        return false;
    }

    [GeneratedRegex(@"^SCAN (\w+)\b")]
    private static partial Regex SqliteScan();

    [GeneratedRegex(@"(Seq|Index|Index Only|Bitmap Heap) Scan(?: Backward)?(?: using (\w+))? on (\w+)")]
    private static partial Regex PostgresScan();

    private sealed record Step
    {
        public string Detail { get; init; } = "";
    }
}
