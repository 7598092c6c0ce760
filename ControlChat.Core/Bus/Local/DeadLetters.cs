using System.Globalization;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Bus.Local;

internal static class DeadLetters
{
    public static async Task<IReadOnlyList<DeadLetter>> ListAsync(IHubReader reader, string? topic, CancellationToken cancellationToken)
    {
        var rows = await reader.QueryAsync<Row>("""
            select topic, group_name, entry_id, message_id, payload, attempts, failed_at, last_error from bus_dead_letters
            where @topic is null or topic = @topic order by failed_at, entry_id limit 200
            """, new { topic }, cancellationToken);
        return [.. rows.Select(r => new DeadLetter(
            r.Topic, r.GroupName, r.EntryId.ToString(CultureInfo.InvariantCulture), new BusMessage(Guid.Parse(r.MessageId), r.Payload), r.Attempts, r.FailedAt, r.LastError))];
    }

    public static async Task<BusMessage?> TakeAsync(IHubTransaction transaction, string topic, string group, string entryId, CancellationToken cancellationToken)
    {
        var row = await transaction.FindAsync<Row>(
            "delete from bus_dead_letters where topic = @topic and group_name = @group and entry_id = @entryId returning message_id, payload",
            new { topic, group, entryId = long.Parse(entryId, CultureInfo.InvariantCulture) }, cancellationToken);
        return row is null ? null : new BusMessage(Guid.Parse(row.MessageId), row.Payload);
    }

    private sealed record Row
    {
        public string Topic { get; init; } = "";
        public string GroupName { get; init; } = "";
        public long EntryId { get; init; }
        public string MessageId { get; init; } = "";
        public string Payload { get; init; } = "";
        public int Attempts { get; init; }
        public DateTimeOffset FailedAt { get; init; }
        public string LastError { get; init; } = "";
    }
}
