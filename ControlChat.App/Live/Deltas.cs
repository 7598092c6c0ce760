using System.Text.Json;

namespace ControlChat.App.Live;

/// <summary>The bus payloads of growing answers: <c>{"type":"text_delta","data":{…}}</c>; a wake-up is <c>{"id":"conv_…"}</c>.</summary>
internal static class Deltas
{
    /// <returns>Null for a wake-up.</returns>
    public static FeedItem.Delta? Read(string payload)
    {
        if (!payload.StartsWith("""{"type":""", StringComparison.Ordinal)) return null;
        using var document = JsonDocument.Parse(payload);
        var data = document.RootElement.GetProperty("data");
        return new FeedItem.Delta(
            document.RootElement.GetProperty("type").GetString()!,
            data.GetProperty("message_id").GetString()!,
            data.TryGetProperty("attempt", out var attempt) ? attempt.GetInt32() : 0,
            data.TryGetProperty("offset", out var offset) ? offset.GetInt32() : 0,
            data.TryGetProperty("text", out var text) ? text.GetString()! : "");
    }

    public static string MessageIdOf(string messageData)
    {
        using var document = JsonDocument.Parse(messageData);
        return document.RootElement.GetProperty("id").GetString()!;
    }
}
