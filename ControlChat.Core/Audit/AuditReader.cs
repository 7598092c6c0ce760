using System.Globalization;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>What pages, REST and tools see of the record, each confined to what its viewer may see.</summary>
public sealed class AuditReader
{
    private readonly AuditStore _store = new();

    /// <param name="cursor">Of the page before, or null for the newest rows.</param>
    /// <param name="limit">Rows, 1-200.</param>
    /// <exception cref="FormatException">The cursor is not one of ours.</exception>
    public async Task<AuditRows> SearchAsync(IHubReader reader, AuditViewer viewer, AuditFilter filter, string? cursor, int limit, CancellationToken cancellationToken)
    {
        if (viewer.Confine(filter) is not { } confined) return new AuditRows([], null);
        var (rows, next) = await _store.PageAsync(reader, confined, SeqOf(cursor), limit, cancellationToken);
        return new AuditRows([.. rows.Select(AuditRow.Of)], next?.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The rows just newer than <paramref name="after"/>, newest first.</summary>
    public async Task<IReadOnlyList<AuditRow>> NewerAsync(IHubReader reader, AuditViewer viewer, AuditFilter filter, long after, int limit, CancellationToken cancellationToken) =>
        viewer.Confine(filter) is { } confined ? [.. (await _store.NewerAsync(reader, confined, after, limit, cancellationToken)).Select(AuditRow.Of)] : [];

    /// <summary>How many rows newer than <paramref name="after"/> fit, counted up to <paramref name="most"/>.</summary>
    public async Task<int> CountNewerAsync(IHubReader reader, AuditViewer viewer, AuditFilter filter, long after, int most, CancellationToken cancellationToken) =>
        viewer.Confine(filter) is { } confined ? await _store.CountNewerAsync(reader, confined, after, most, cancellationToken) : 0;

    /// <summary>Null for a row that does not exist or that the viewer may not see.</summary>
    public async Task<AuditRow?> FindAsync(IHubReader reader, AuditViewer viewer, long seq, CancellationToken cancellationToken) =>
        await _store.FindAsync(reader, viewer, seq, cancellationToken) is { } row ? AuditRow.Of(row) : null;

    /// <summary>Counts of actions by the hour (<paramref name="hours"/> 1) or the day (24), oldest first, up to now.</summary>
    /// <param name="count">Stretches, 1-400.</param>
    public Task<IReadOnlyList<AuditActivity>> ActivityAsync(IHubReader reader, AuditViewer viewer, int hours, int count, CancellationToken cancellationToken) =>
        AuditActivity.ReadAsync(reader, viewer, reader.Now, hours, count, cancellationToken);

    private static long? SeqOf(string? cursor) => cursor is null ? null
        : long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) ? seq : throw new FormatException("The cursor is not one of this list. Leave it out for the newest rows.");
}

/// <param name="Items">Newest first.</param>
/// <param name="NextCursor">For the rows before these; null when there are none. A page may hold few rows or none and still go on.</param>
public sealed record AuditRows(IReadOnlyList<AuditRow> Items, string? NextCursor);
