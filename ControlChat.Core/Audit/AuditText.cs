using System.Globalization;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>Search by words: in the full-text index, and in the newest rows that are not in it yet.</summary>
internal static class AuditText
{
    public const string Place = "audit_indexed_seq";

    public static async Task<long> IndexedAsync(IHubReader reader, CancellationToken cancellationToken) =>
        await reader.FindAsync<string>("select value from hub_facts where name = @Place", new { Place }, cancellationToken) is { } text
            ? long.Parse(text, CultureInfo.InvariantCulture) : 0;

    public static async Task<IReadOnlyList<long>> FindAsync(
        IHubReader reader, IReadOnlyList<string> phrases, Span span, int limit, bool newestFirst, CancellationToken cancellationToken)
    {
        var indexed = await IndexedAsync(reader, cancellationToken);
        var fresh = await FreshAsync(reader, phrases, span with { After = Math.Max(span.After, indexed) }, cancellationToken);
        if (newestFirst) fresh.Reverse();
        var old = span with { Before = Math.Min(span.Before, indexed + 1) };
        if (newestFirst && fresh.Count >= limit || old.IsEmpty) return [.. fresh.Take(limit)];
        var stored = await IndexAsync(reader, phrases, old, limit, newestFirst, cancellationToken);
        return [.. (newestFirst ? fresh.Concat(stored) : stored.Concat(fresh)).Take(limit)];
    }

    private static Task<IReadOnlyList<long>> IndexAsync(IHubReader reader, IReadOnlyList<string> phrases, Span span, int limit, bool newestFirst, CancellationToken cancellationToken) =>
        reader.QueryAsync<long>(
            newestFirst
                ? "select rowid from audit_text where audit_text match @match and rowid > @After and rowid < @Before order by rowid desc limit @limit"
                : "select rowid from audit_text where audit_text match @match and rowid > @After and rowid < @Before order by rowid limit @limit",
            new { match = AuditWords.Match(phrases), span.After, span.Before, limit }, cancellationToken);

    private static async Task<List<long>> FreshAsync(IHubReader reader, IReadOnlyList<string> phrases, Span span, CancellationToken cancellationToken)
    {
        var fresh = new List<long>();
        if (span.IsEmpty) return fresh;
        await reader.ScanAsync(
            "select seq, body from audit where seq > @After and seq < @Before order by seq", new { span.After, span.Before },
            row =>
            {
                if (AuditWords.Holds(AuditWords.OfBody(row.GetString(1)), phrases)) fresh.Add(row.GetInt64(0));
                return true;
            },
            cancellationToken);
        return fresh;
    }
}
