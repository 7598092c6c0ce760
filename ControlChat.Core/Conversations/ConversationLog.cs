using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Conversations;

internal sealed class ConversationLog : IConversationLog
{
    public async Task<long> AppendAsync(IHubTransaction transaction, string conversationId, string? runId, string type, JsonObject data, CancellationToken cancellationToken)
    {
        // The row's update is also the lock: sequences of one conversation are taken one transaction at a time.
        var place = await transaction.FindAsync<Place>(
            "update conversations set last_seq = last_seq + 1 where id = @conversationId returning last_seq, owner_id", new { conversationId }, cancellationToken)
            ?? throw new InvalidOperationException($"There is no conversation {conversationId}.");
        await InsertAsync(transaction, conversationId, runId, place, type, Json.Write(data), cancellationToken);
        return place.LastSeq;
    }

    /// <summary>Appends a message: its data holds the sequence it is given here.</summary>
    public static async Task<Message> AppendAsync(IHubTransaction transaction, string conversationId, Message message, CancellationToken cancellationToken)
    {
        var place = await transaction.FindAsync<Place>(
            "update conversations set last_seq = last_seq + 1, updated_at = hub_now() where id = @conversationId returning last_seq, owner_id", new { conversationId }, cancellationToken)
            ?? throw new InvalidOperationException($"There is no conversation {conversationId}.");
        var numbered = message with { Seq = place.LastSeq };
        await InsertAsync(transaction, conversationId, message.RunId, place, ConversationEvents.Message, Json.Write(numbered), cancellationToken);
        return numbered;
    }

    public Task<IReadOnlyList<StoredEvent>> ReadAsync(IHubReader reader, string conversationId, long after, int limit, CancellationToken cancellationToken) =>
        reader.QueryAsync<StoredEvent>(
            "select seq, run_id, type, data, at from conversation_events where conversation_id = @conversationId and seq > @after order by seq limit @limit",
            new { conversationId, after, limit = Math.Clamp(limit, 1, 1000) }, cancellationToken);

    private static async Task InsertAsync(
        IHubTransaction transaction, string conversationId, string? runId, Place place, string type, string data, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(
            "insert into conversation_events (conversation_id, seq, run_id, type, data, at) values (@conversationId, @seq, @runId, @type, @data, hub_now())",
            new { conversationId, seq = place.LastSeq, runId, type, data }, cancellationToken);
        transaction.Hint(Topics.Stream(conversationId), conversationId);
        if (ConversationEvents.ChangesTheList(type)) transaction.Hint(Topics.Stream(Topics.ConversationsOf(place.OwnerId)), conversationId);
    }

    private sealed record Place
    {
        public long LastSeq { get; init; }
        public string OwnerId { get; init; } = "";
    }
}
