using System.Text.Json.Nodes;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Handoffs;

namespace ControlChat.Core.Handoff;

/// <summary>A session's events as a conversation is told them: bounded each, and in number. The session itself has all.</summary>
internal static class SessionDigest
{
    /// <summary>Events a conversation is told of one task; after that only what waits for a person.</summary>
    public const int Most = 300;

    /// <summary>Characters of one event, as JSON.</summary>
    public const int MostCharacters = 16 * 1024;

    private const int MostItems = 20;

    // The first that makes it fit: the beginnings of its texts are what is read of it.
    private static readonly int[] Lengths = [4000, 1000, 200, 40];

    /// <returns>Null: it is not told.</returns>
    public static JsonObject? Of(HandoffRow handoff, StoredSessionEvent happened, long told)
    {
        if (told > Most && happened.Type is not (SessionEvents.ApprovalRequested or SessionEvents.ApprovalResolved or SessionEvents.Ended)) return null;
        return told == Most && happened.Type is not (SessionEvents.ApprovalRequested or SessionEvents.ApprovalResolved or SessionEvents.Ended)
            ? Tell(handoff, happened.Seq, SessionEvents.System, new JsonObject { ["text"] = "More happens in the session than is shown here. The session has all of it.", ["code"] = "left_out" })
            : Tell(handoff, happened.Seq, happened.Type, Bounded(happened.Data));
    }

    internal static JsonObject Bounded(string data)
    {
        if (data.Length <= Lengths[0]) return JsonNode.Parse(data)!.AsObject();
        foreach (var length in Lengths)
        {
            var cut = Cut(JsonNode.Parse(data), length)!.AsObject();
            if (cut.ToJsonString().Length <= MostCharacters) return cut;
        }
        return new JsonObject { ["left_out"] = $"{data.Length} characters" };
    }

    private static JsonObject Tell(HandoffRow handoff, long seq, string type, JsonObject data) =>
        new() { ["handoff_id"] = handoff.Id, ["session_id"] = handoff.SessionId, ["seq"] = seq, ["type"] = type, ["data"] = data };

    private static JsonNode? Cut(JsonNode? node, int most) => node switch
    {
        JsonObject record => new JsonObject(record.Select(p => KeyValuePair.Create(p.Key, Cut(p.Value, most)))),
        JsonArray list => List(list, most),
        JsonValue value when value.TryGetValue<string>(out var text) => Text(text, most),
        _ => node?.DeepClone(),
    };

    private static JsonArray List(JsonArray list, int most)
    {
        JsonArray cut = [.. list.Take(MostItems).Select(item => Cut(item, most))];
        if (list.Count > MostItems) cut.Add(JsonValue.Create($"[{list.Count - MostItems} more]"));
        return cut;
    }

    private static JsonValue Text(string text, int most)
    {
        if (text.Length <= most) return JsonValue.Create(text);
        var end = char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
        return JsonValue.Create($"{text[..end]}\n[{text.Length - end} characters left out]");
    }
}
