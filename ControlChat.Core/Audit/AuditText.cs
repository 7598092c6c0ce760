using System.Globalization;
using System.Text;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>The words of the record and how the database finds a row by them: each database in its own way, the same rows in both.</summary>
internal static class AuditText
{
    /// <summary>Seqs of rows that hold every phrase, in the order asked for; every row of the span must be indexed.</summary>
    public static Task<IReadOnlyList<long>> FindAsync(IHubReader reader, IReadOnlyList<string> phrases, Span span, int limit, bool newestFirst, CancellationToken cancellationToken) =>
        reader.Dialect == SqlDialect.Sqlite
            ? AuditTextTables.FindAsync(reader, phrases, span, limit, newestFirst, cancellationToken)
            : AuditTrigrams.FindAsync(reader, phrases, span, limit, newestFirst, cancellationToken);

    /// <summary>Takes rows in.</summary>
    public static Task AddAsync(IHubTransaction transaction, IReadOnlyList<RowWords> rows, CancellationToken cancellationToken) =>
        transaction.Dialect == SqlDialect.Sqlite ? AuditTextTables.AddAsync(transaction, rows, cancellationToken) : AuditTrigrams.AddAsync(transaction, rows, cancellationToken);
}

/// <summary>
/// SQLite: full-text tables. A word's beginning costs what all its rows together cost, so the rows are spread over tables of 50,000:
/// a search starts with the newest and stops when the page is full.
/// </summary>
internal static class AuditTextTables
{
    public const int RowsPerTable = 50_000;

    public static string TableOf(long seq) => "audit_text_" + (seq / RowsPerTable).ToString(CultureInfo.InvariantCulture);

    public static async Task<IReadOnlyList<long>> FindAsync(IHubReader reader, IReadOnlyList<string> phrases, Span span, int limit, bool newestFirst, CancellationToken cancellationToken)
    {
        var found = new List<long>();
        var (first, last) = ((span.After + 1) / RowsPerTable, (span.Before - 1) / RowsPerTable);
        for (var i = 0L; i <= last - first && found.Count < limit; i++)
        {
            var table = TableOf((newestFirst ? last - i : first + i) * RowsPerTable);
            var sql = "select rowid from " + table + " where " + table + " match @match and rowid > @After and rowid < @Before order by rowid" + (newestFirst ? " desc limit @left" : " limit @left");
            found.AddRange(await reader.QueryAsync<long>(sql, new { match = AuditWords.Match(phrases), span.After, span.Before, left = limit - found.Count }, cancellationToken));
        }
        return found;
    }

    public static async Task AddAsync(IHubTransaction transaction, IReadOnlyList<RowWords> rows, CancellationToken cancellationToken)
    {
        foreach (var part in rows.GroupBy(r => TableOf(r.Seq)))
        {
            await transaction.ExecuteAsync("create virtual table if not exists " + part.Key + " using fts5(words, content='', columnsize=0, tokenize='unicode61 remove_diacritics 0')", null, cancellationToken);
            await transaction.ExecuteAsync("insert into " + part.Key + " (rowid, words) values (@Seq, @Words)", part.ToList(), cancellationToken);
        }
    }
}

/// <summary>
/// PostgreSQL: the words themselves with an index of their groups of three characters. A common word fills the page from the newest
/// rows, looked at one by one; only a rare one needs the index.
/// </summary>
internal static class AuditTrigrams
{
    private const int LookedAt = 5_000;

    public static async Task<IReadOnlyList<long>> FindAsync(IHubReader reader, IReadOnlyList<string> phrases, Span span, int limit, bool newestFirst, CancellationToken cancellationToken)
    {
        var near = newestFirst ? span with { After = Math.Max(span.After, span.Before - LookedAt) } : span with { Before = Math.Min(span.Before, span.After + LookedAt) };
        var far = newestFirst ? span with { Before = near.After + 1 } : span with { After = near.Before - 1 };
        var found = new List<long>();
        foreach (var part in new[] { near, far }.Where(p => !p.IsEmpty))
            if (found.Count < limit) found.AddRange(await reader.QueryAsync<long>(Sql(phrases.Count, newestFirst), Arguments(phrases, part, limit - found.Count), cancellationToken));
        return found;
    }

    // All of them in one round trip. A blank before each word makes a phrase match from a word's beginning only, and gives short ones a group of three too.
    public static Task AddAsync(IHubTransaction transaction, IReadOnlyList<RowWords> rows, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            "insert into audit_words (seq, words) select seq, words from json_to_recordset(cast(@rows as json)) as r (seq bigint, words text)",
            new { rows = Json.Write(rows.Select(r => r with { Words = " " + r.Words })) }, cancellationToken);

    private static string Sql(int phrases, bool newestFirst)
    {
        var sql = new StringBuilder("select seq from audit_words where seq > @After and seq < @Before");
        for (var i = 0; i < phrases; i++) sql.Append(CultureInfo.InvariantCulture, $" and words like @phrase{i}");
        return sql.Append(newestFirst ? " order by seq desc limit @left" : " order by seq limit @left").ToString();
    }

    // Letters, digits and blanks only: nothing in a phrase is a wildcard.
    private static Dictionary<string, object> Arguments(IReadOnlyList<string> phrases, Span span, int left)
    {
        var values = new Dictionary<string, object> { ["After"] = span.After, ["Before"] = span.Before, ["left"] = left };
        for (var i = 0; i < phrases.Count; i++) values["phrase" + i.ToString(CultureInfo.InvariantCulture)] = $"% {phrases[i]}%";
        return values;
    }
}

internal sealed record RowWords(long Seq, string Words);
