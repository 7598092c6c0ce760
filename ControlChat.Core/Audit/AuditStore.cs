using System.Globalization;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>Reads rows by keyset, newest first or by windows of rising <c>seq</c>. No offset, no count of everything.</summary>
internal sealed class AuditStore
{
    // How many candidates of one filter a page may look through for the others: bounds the time of a page whatever is asked.
    private const int Reach = 2_000;

    public Task<StoredRow?> FindAsync(IHubReader reader, AuditViewer viewer, long seq, CancellationToken cancellationToken) =>
        reader.FindAsync<StoredRow>(
            $"select {StoredRow.Columns} from audit where seq = @seq and (@SeesAll = 1 or account = @AccountId)",
            new { seq, viewer.SeesAll, viewer.AccountId }, cancellationToken);

    /// <summary>How many rows newer than <paramref name="after"/> fit, counted up to <paramref name="most"/>.</summary>
    public async Task<int> CountNewerAsync(IHubReader reader, AuditFilter filter, long after, int most, CancellationToken cancellationToken) =>
        (await SeqsAsync(reader, filter, new Span(after, long.MaxValue), most, newestFirst: false, cancellationToken)).Seqs.Count;

    /// <param name="before">Only rows before this one; null from the newest.</param>
    /// <returns>Up to <paramref name="limit"/> rows, newest first, and where to go on: after few rows too, when the filters are rare together.</returns>
    public async Task<(IReadOnlyList<StoredRow> Rows, long? Next)> PageAsync(IHubReader reader, AuditFilter filter, long? before, int limit, CancellationToken cancellationToken)
    {
        var found = await SeqsAsync(reader, filter, new Span(0, before ?? long.MaxValue), limit + 1, newestFirst: true, cancellationToken);
        var rows = await RowsAsync(reader, [.. found.Seqs.Take(limit)], cancellationToken);
        return ([.. rows.OrderByDescending(r => r.Seq)], found.Seqs.Count > limit ? found.Seqs[limit - 1] : found.Reached);
    }

    /// <summary>The <paramref name="limit"/> rows just after <paramref name="after"/>, newest first: the way back from an older page.</summary>
    public async Task<IReadOnlyList<StoredRow>> NewerAsync(IHubReader reader, AuditFilter filter, long after, int limit, CancellationToken cancellationToken)
    {
        var found = await SeqsAsync(reader, filter, new Span(after, long.MaxValue), limit, newestFirst: false, cancellationToken);
        return [.. (await RowsAsync(reader, found.Seqs, cancellationToken)).OrderByDescending(r => r.Seq)];
    }

    /// <summary>Every fitting row of <c>(after, to]</c>, by rising seq: for exports, window by window.</summary>
    public async Task<IReadOnlyList<StoredRow>> WindowAsync(IHubReader reader, AuditFilter filter, long after, long to, CancellationToken cancellationToken)
    {
        if (filter.IsEmpty)
            return await reader.QueryAsync<StoredRow>($"select {StoredRow.Columns} from audit where seq > @after and seq <= @to order by seq", new { after, to }, cancellationToken);
        var found = await SeqsAsync(reader, filter, new Span(after, to + 1), int.MaxValue, newestFirst: false, cancellationToken);
        return await RowsAsync(reader, found.Seqs, cancellationToken);
    }

    private static async Task<IReadOnlyList<StoredRow>> RowsAsync(IHubReader reader, IReadOnlyList<long> seqs, CancellationToken cancellationToken) =>
        await reader.QueryAsync<StoredRow>(
            $"select {StoredRow.Columns} from audit where seq in (" + reader.Dialect.NumbersOf("@seqs") + ") order by seq",
            new { seqs = Json.Write(seqs) }, cancellationToken);

    private static async Task<Found> SeqsAsync(IHubReader reader, AuditFilter filter, Span span, int limit, bool newestFirst, CancellationToken cancellationToken)
    {
        var phrases = filter.Text is null ? null : AuditWords.OfSearch(filter.Text);
        if (phrases is { Count: 0 } || span.IsEmpty) return new([], null);
        var query = new AuditQuery(filter);
        reader = reader.Searching;
        if (phrases is null && query.IsOpen) return new(await AuditQuery.AnyAsync(reader, span, limit, newestFirst, cancellationToken), null);
        var search = new Search(query, phrases, await AuditIndex.PlaceAsync(reader, cancellationToken));
        return newestFirst ? await DownAsync(reader, search, span, limit, cancellationToken) : await UpAsync(reader, search, span, limit, cancellationToken);
    }

    // The rows not indexed yet are looked at one by one; the others through the index.
    private static async Task<Found> DownAsync(IHubReader reader, Search search, Span span, int limit, CancellationToken cancellationToken)
    {
        var waiting = new Span(Math.Max(span.After, search.Indexed), Math.Min(span.Before, await AuditIndex.LastAsync(reader, cancellationToken) + 1));
        var near = waiting with { After = Math.Max(waiting.After, waiting.Before - 1 - AuditIndex.Near) };
        var fresh = await FreshAsync(reader, search, near, cancellationToken);
        if (fresh.Count >= limit || near != waiting) return new([.. fresh.Reverse().Take(limit)], near != waiting ? near.After + 1 : null);
        var stored = await StoredAsync(reader, search, span, limit - fresh.Count, newestFirst: true, cancellationToken);
        return stored with { Seqs = [.. fresh.Reverse(), .. stored.Seqs] };
    }

    private static async Task<Found> UpAsync(IHubReader reader, Search search, Span span, int limit, CancellationToken cancellationToken)
    {
        var stored = await StoredAsync(reader, search, span, limit, newestFirst: false, cancellationToken);
        if (stored.Seqs.Count >= limit || stored.Reached is not null) return stored;
        var waiting = span with { After = Math.Max(span.After, search.Indexed) };
        // Without a limit it is a window, which is short by itself.
        var near = limit == int.MaxValue ? waiting : waiting with { Before = Math.Min(waiting.Before, waiting.After + AuditIndex.Near + 1) };
        return new([.. stored.Seqs.Concat(await FreshAsync(reader, search, near, cancellationToken)).Take(limit)], null);
    }

    private static async Task<Found> StoredAsync(IHubReader reader, Search search, Span span, int limit, bool newestFirst, CancellationToken cancellationToken)
    {
        var old = await search.Query.BoundAsync(reader, span with { Before = Math.Min(span.Before, search.Indexed + 1) }, cancellationToken);
        return old.IsEmpty ? new([], null)
            : search.Phrases is null ? await FieldsAsync(reader, search.Query, old, limit, newestFirst, cancellationToken)
            : await TextAsync(reader, search.Query, search.Phrases, old, limit, newestFirst, cancellationToken);
    }

    private static async Task<IReadOnlyList<long>> FreshAsync(IHubReader reader, Search search, Span span, CancellationToken cancellationToken)
    {
        if (span.IsEmpty) return [];
        var rows = await search.Query.FreshAsync(reader, span, bodies: search.Phrases is not null, cancellationToken);
        return [.. rows.Where(r => search.Phrases is null || AuditWords.Holds(AuditWords.OfBody(r.Body), search.Phrases)).Select(r => r.Seq)];
    }

    private static async Task<Found> FieldsAsync(IHubReader reader, AuditQuery query, Span span, int limit, bool newestFirst, CancellationToken cancellationToken)
    {
        if (!query.NeedsBound) return new(await query.SeqsAsync(reader, span, limit, newestFirst, null, cancellationToken), null);
        var (driver, floor) = await query.RarestAsync(reader, span, limit == int.MaxValue ? int.MaxValue : Reach, newestFirst, cancellationToken);
        var within = floor is null ? span : newestFirst ? span with { After = floor.Value - 1 } : span with { Before = floor.Value + 1 };
        return new(await query.SeqsAsync(reader, within, limit, newestFirst, driver, cancellationToken), floor);
    }

    private static async Task<Found> TextAsync(
        IHubReader reader, AuditQuery query, IReadOnlyList<string> phrases, Span span, int limit, bool newestFirst, CancellationToken cancellationToken)
    {
        var reach = query.IsOpen || limit == int.MaxValue ? limit : Reach;
        var candidates = await AuditText.FindAsync(reader, phrases, span, reach, newestFirst, cancellationToken);
        if (query.IsOpen) return new(candidates, null);
        long? reached = candidates.Count == reach ? candidates[^1] : null;
        return new(await query.AmongAsync(reader, candidates, limit, newestFirst, cancellationToken), reached);
    }

    /// <param name="Phrases">Words asked for; null for none.</param>
    /// <param name="Indexed">The last row the index holds.</param>
    private sealed record Search(AuditQuery Query, IReadOnlyList<string>? Phrases, long Indexed);

    /// <param name="Seqs">In the order asked for.</param>
    /// <param name="Reached">The last candidate looked at, when there may be more; null at the end.</param>
    private sealed record Found(IReadOnlyList<long> Seqs, long? Reached);
}

/// <summary>Rows with <c>After &lt; seq &lt; Before</c>.</summary>
internal readonly record struct Span(long After, long Before)
{
    public bool IsEmpty => After >= Before - 1;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({After}, {Before})");
}
