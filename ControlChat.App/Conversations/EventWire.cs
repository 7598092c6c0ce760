using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.App.Live;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;

namespace ControlChat.App.Conversations;

/// <summary>Events on the wire: the data of the contract with <c>type</c>, <c>run_id</c> and <c>at</c> beside, in one line.</summary>
internal static class EventWire
{
    /// <summary>For SSE. The stored data is not parsed again: what is added goes before its first field.</summary>
    public static string Data(StoredEvent stored)
    {
        var runId = stored.RunId is null || stored.Type == ConversationEvents.Message ? "" : $"\"run_id\":\"{stored.RunId}\",";
        var at = stored.Type == ConversationEvents.Message ? "" : $"\"at\":\"{Timestamps.Format(stored.At)}\",";
        var rest = stored.Data.AsSpan(1);
        // The type of what happened in a session stands in its own data; that it is such an event says the name of the SSE event.
        var type = stored.Type == ConversationEvents.SessionEvent ? "" : $"\"type\":\"{stored.Type}\",";
        var head = $"{{{type}{runId}{at}";
        return rest.Length == 1 ? string.Concat(head.AsSpan(0, head.Length - 1), rest) : string.Concat(head, rest);
    }

    public static string Data(FeedItem.Delta delta) => delta.Type == ConversationEvents.Reset
        ? $"{{\"type\":\"reset\",\"message_id\":\"{delta.MessageId}\"}}"
        : string.Create(CultureInfo.InvariantCulture,
            $"{{\"type\":\"{delta.Type}\",\"message_id\":\"{delta.MessageId}\",\"attempt\":{delta.Attempt},\"offset\":{delta.Offset},\"text\":{JsonSerializer.Serialize(delta.Text, Json.Wire)}}}");

    /// <summary>For a JSON page.</summary>
    public static JsonObject Item(StoredEvent stored) => new()
    {
        ["id"] = stored.Seq,
        ["seq"] = stored.Seq,
        ["type"] = stored.Type,
        ["run_id"] = stored.RunId,
        ["at"] = Timestamps.Format(stored.At),
        ["data"] = JsonNode.Parse(stored.Data),
    };
}
