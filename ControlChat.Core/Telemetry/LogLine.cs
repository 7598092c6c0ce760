using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ControlChat.Core.Telemetry;

/// <summary>One entry of the log, with the stable keys of R160.</summary>
public sealed record LogLine
{
    private const string TimePattern = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public required DateTimeOffset Timestamp { get; init; }

    /// <summary><c>trace|debug|information|warning|error|critical</c>.</summary>
    public required string Level { get; init; }
    public required string Message { get; init; }
    public string? Event { get; init; }
    public required string Category { get; init; }
    public string? RunId { get; init; }
    public string? ConversationId { get; init; }
    public string? Agent { get; init; }
    public string? Tool { get; init; }
    public string? TraceId { get; init; }
    public string? SpanId { get; init; }
    public string? Exception { get; init; }

    // Read by people and log tools, never placed in HTML: quotes and letters of any script stay readable.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes the line as JSON with a line feed. Every key is always there, in this order.</summary>
    internal void WriteTo(IBufferWriter<byte> output)
    {
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            json.WriteString("timestamp", Timestamp.UtcDateTime.ToString(TimePattern, CultureInfo.InvariantCulture));
            json.WriteString("level", Level);
            json.WriteString("message", Message);
            json.WriteString("event", Event);
            json.WriteString("category", Category);
            json.WriteString("run_id", RunId);
            json.WriteString("conversation_id", ConversationId);
            json.WriteString("agent", Agent);
            json.WriteString("tool", Tool);
            json.WriteString("trace_id", TraceId);
            json.WriteString("span_id", SpanId);
            json.WriteString("exception", Exception);
            json.WriteEndObject();
        }
        output.Write("\n"u8);
    }
}
