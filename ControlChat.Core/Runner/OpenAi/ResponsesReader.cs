using System.Text.Json;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner.OpenAi;

/// <summary>Reads the events of the Responses API, such as
/// <c>{"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"Hel","sequence_number":4}</c>.</summary>
internal sealed class ResponsesReader : IWireReader
{
    private readonly List<AIContent> _last = [];
    private ChatFinishReason? _finish;
    private string? _id;
    private string? _model;

    public bool Completed => _finish is not null;

    public ChatResponseUpdate? Read(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data);
        var (type, delta) = Scan(ref reader);
        switch (type)
        {
            case Event.Text: return delta is { Length: > 0 } ? new ChatResponseUpdate(ChatRole.Assistant, [new TextContent(delta)]) : null;
            case Event.Reasoning: return delta is { Length: > 0 } ? new ChatResponseUpdate(ChatRole.Assistant, [new TextReasoningContent(delta)]) : null;
            case Event.Whole: ReadWhole(data); return null;
            default: return null;
        }
    }

    public ChatResponseUpdate Finish() => new(ChatRole.Assistant, _last) { FinishReason = _finish, ResponseId = _id, ModelId = _model };

    private enum Event { Other, Text, Reasoning, Whole }

    // Deltas come by the thousand: only their type and text are read, without a document.
    private static (Event Type, string? Delta) Scan(ref Utf8JsonReader reader)
    {
        var type = Event.Other;
        string? delta = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("an event is an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            var isDelta = !isType && reader.ValueTextEquals("delta"u8);
            reader.Read();
            if (isType) type = Classify(ref reader);
            else if (isDelta && reader.TokenType == JsonTokenType.String) delta = reader.GetString();
            else reader.Skip();
            if (type == Event.Whole) break;
        }
        return (type, delta);
    }

    private static Event Classify(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String) return Event.Other;
        if (reader.ValueTextEquals("response.output_text.delta"u8) || reader.ValueTextEquals("response.refusal.delta"u8)) return Event.Text;
        if (reader.ValueTextEquals("response.reasoning_summary_text.delta"u8) || reader.ValueTextEquals("response.reasoning_text.delta"u8)) return Event.Reasoning;
        return reader.ValueTextEquals("response.output_item.done"u8) || reader.ValueTextEquals("response.completed"u8) || reader.ValueTextEquals("response.incomplete"u8)
            || reader.ValueTextEquals("response.failed"u8) || reader.ValueTextEquals("error"u8) ? Event.Whole : Event.Other;
    }

    private void ReadWhole(ReadOnlySpan<byte> data)
    {
        var root = JsonSerializer.Deserialize<JsonElement>(data);
        switch (root.GetProperty("type").GetString())
        {
            case "response.output_item.done": ReadItem(root.GetProperty("item")); break;
            case "response.completed": ReadEnd(root.GetProperty("response"), HasCalls ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop); break;
            case "response.incomplete": ReadEnd(root.GetProperty("response"), Incomplete(root.GetProperty("response"))); break;
            case "response.failed": throw ModelFaults.InStream(root.GetProperty("response").TryGetProperty("error", out var error) ? error : default);
            case "error": throw ModelFaults.InStream(root.TryGetProperty("error", out var nested) && nested.ValueKind == JsonValueKind.Object ? nested : root);
        }
    }

    private bool HasCalls => _last.Exists(c => c is FunctionCallContent);

    private void ReadItem(JsonElement item)
    {
        if (item.GetProperty("type").GetString() != "function_call") return;
        _last.Add(ToolArguments.Call(item.GetProperty("call_id").GetString()!, item.GetProperty("name").GetString()!, item.GetProperty("arguments").GetString() ?? ""));
    }

    private void ReadEnd(JsonElement response, ChatFinishReason finish)
    {
        _id = response.TryGetProperty("id", out var id) ? id.GetString() : null;
        _model = Usage.Model(response);
        if (response.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object)
            _last.Add(new UsageContent(Usage.Read(usage, "input_tokens", "output_tokens")));
        _finish = finish;
    }

    private static ChatFinishReason Incomplete(JsonElement response) =>
        response.TryGetProperty("incomplete_details", out var details) && details.ValueKind == JsonValueKind.Object
        && details.TryGetProperty("reason", out var reason) && reason.GetString() == "content_filter"
            ? ChatFinishReason.ContentFilter : ChatFinishReason.Length;
}
