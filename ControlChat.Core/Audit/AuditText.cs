using System.Globalization;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>
/// The full-text index. A word's beginning costs what all its rows together cost, so the rows are spread over tables of 50,000:
/// a search starts with the newest and stops when the page is full.
/// </summary>
internal static class AuditText
{
    public const int RowsPerTable = 50_000;

    public static string TableOf(long seq) => "audit_text_" + (seq / RowsPerTable).ToString(CultureInfo.InvariantCulture);

    /// <summary>Seqs of rows that hold every phrase, in the order asked for; every row of the span must be indexed.</summary>
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

    /// <summary>Takes rows in whose seqs belong to one table.</summary>
    public static async Task AddAsync(IHubTransaction transaction, IReadOnlyList<RowWords> rows, CancellationToken cancellationToken)
    {
        var table = TableOf(rows[0].Seq);
        await transaction.ExecuteAsync("create virtual table if not exists " + table + " using fts5(words, content='', columnsize=0, tokenize='unicode61 remove_diacritics 0')", null, cancellationToken);
        await transaction.ExecuteAsync("insert into " + table + " (rowid, words) values (@Seq, @Words)", rows, cancellationToken);
    }
}

internal sealed record RowWords(long Seq, string Words);
