using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Conversations;

/// <summary>The event log of conversations: the one place where stored events get their sequence. Types and data: contracts, section 5.</summary>
public interface IConversationLog
{
    /// <summary>Appends in the caller's transaction; readers hear of it after the commit.</summary>
    /// <returns>The event's <c>seq</c> within its conversation.</returns>
    Task<long> AppendAsync(IHubTransaction transaction, string conversationId, string? runId, string type, JsonObject data, CancellationToken cancellationToken);

    /// <summary>Events after a sequence, rising, at most <paramref name="limit"/> (1-1000).</summary>
    Task<IReadOnlyList<StoredEvent>> ReadAsync(IHubReader reader, string conversationId, long after, int limit, CancellationToken cancellationToken);
}
