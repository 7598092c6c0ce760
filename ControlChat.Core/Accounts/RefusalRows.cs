using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

/// <summary>
/// Writes the rows of refused sign-ins. A row tells of others that got none, so from the moment it is asked for nobody who goes away stops it,
/// and what it was to tell is given back when it cannot be written.
/// </summary>
internal static class RefusalRows
{
    /// <summary>Commits what a refused attempt leaves, with its row if it gets one.</summary>
    /// <param name="rowFor">Null: every refusal gets a row.</param>
    /// <param name="append">Appends the row, which says how many before it got none.</param>
    public static async Task CommitRefusalAsync(this IHubTransaction transaction, RowForRefusal? rowFor, string reason, Func<int, Task> append)
    {
        using var row = RowFor(rowFor, reason);
        if (row is not null) await append(row.LeftOut);
        await transaction.CommitAsync(CancellationToken.None);
        row?.Written();
    }

    /// <summary>The row of a refused attempt that leaves nothing else: in a transaction of its own, if it gets one.</summary>
    /// <param name="rowFor">As for <see cref="CommitRefusalAsync"/>.</param>
    /// <param name="append">As for <see cref="CommitRefusalAsync"/>.</param>
    public static async Task RecordRefusalAsync(this HubDatabase database, RowForRefusal? rowFor, string reason, Func<IHubTransaction, int, Task> append)
    {
        using var row = RowFor(rowFor, reason);
        if (row is null) return;
        await using var transaction = await database.BeginAsync(CancellationToken.None);
        await append(transaction, row.LeftOut);
        await transaction.CommitAsync(CancellationToken.None);
        row.Written();
    }

    private static RefusalRow? RowFor(RowForRefusal? rowFor, string reason) => rowFor is null ? new RefusalRow(0, static () => { }) : rowFor(reason);
}
