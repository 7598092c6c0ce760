using ControlChat.Core.Hub;

namespace ControlChat.Core.Bus;

/// <summary>Outbox rows that failed <see cref="Outbox.MaxAttempts"/> times.</summary>
public static class BuriedAnnouncements
{
    /// <summary>Oldest first, at most 200.</summary>
    public static Task<IReadOnlyList<BuriedAnnouncement>> ListAsync(IHubReader reader, CancellationToken cancellationToken) =>
        reader.QueryAsync<BuriedAnnouncement>(
            "select id, topic, ref_id, failed_at, attempts, last_error from dead_letters order by failed_at, id limit 200", null, cancellationToken);

    /// <summary>Announces it again, with all its tries before it, and removes it.</summary>
    /// <returns>False when there is no such row.</returns>
    public static async Task<bool> ReplayAsync(IHubTransaction transaction, string id, CancellationToken cancellationToken)
    {
        var row = await transaction.FindAsync<BuriedAnnouncement>(
            "delete from dead_letters where id = @id returning id, topic, ref_id, failed_at, attempts, last_error", new { id }, cancellationToken);
        if (row is null) return false;
        await transaction.AnnounceAsync(row.Topic, row.RefId, cancellationToken);
        return true;
    }
}

public sealed record BuriedAnnouncement
{
    public string Id { get; init; } = "";

    /// <summary>A bus topic, or the name of an outbox handler.</summary>
    public string Topic { get; init; } = "";

    /// <summary>The id of the row it is about.</summary>
    public string RefId { get; init; } = "";
    public DateTimeOffset FailedAt { get; init; }
    public int Attempts { get; init; }

    /// <summary>The last failure, in one line.</summary>
    public string? LastError { get; init; }
}
