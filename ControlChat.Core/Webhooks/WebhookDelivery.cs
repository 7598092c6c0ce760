using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Webhooks;

/// <summary>One event on its way to one endpoint.</summary>
internal sealed record WebhookDelivery
{
    /// <summary>The most of <see cref="Data"/>, in bytes, so that the whole body is at most 64 KiB.</summary>
    public const int MostData = 63 * 1024;

    public long Seq { get; init; }

    /// <summary>The same at each try of it.</summary>
    public string Delivery { get; init; } = "";
    public string Endpoint { get; init; } = "";
    public string Event { get; init; } = "";

    /// <summary>The event's own: the same for every endpoint, and if it is told twice.</summary>
    public string EventId { get; init; } = "";
    public DateTimeOffset At { get; init; }
    public string Data { get; init; } = "";
    public int Attempts { get; init; }
    public DateTimeOffset? DeadAt { get; init; }
    public string? Error { get; init; }

    /// <summary>What is sent; the same at each try.</summary>
    public byte[] Body(string hubId)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteString("id", EventId);
            writer.WriteString("event", Event);
            writer.WriteString("at", Timestamps.Format(At));
            writer.WriteString("hub_id", hubId);
            writer.WritePropertyName("data");
            writer.WriteRawValue(Data);
            writer.WriteEndObject();
        }
        return stream.ToArray();
    }

    /// <summary>The text of what an event says; of too much, its <c>details</c> are left out.</summary>
    public static string Write(JsonObject data)
    {
        var text = data.ToJsonString(Json.Wire);
        if (System.Text.Encoding.UTF8.GetByteCount(text) <= MostData) return text;
        var less = data.DeepClone().AsObject();
        (less["details"], less["details_left_out"]) = (null, true);
        return less.ToJsonString(Json.Wire);
    }
}
