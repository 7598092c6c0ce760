using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner.OpenAi;

/// <summary>Reads the chunks of Chat Completions, such as
/// <c>{"id":"c1","choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}]}</c>; calls come in pieces keyed by their index.</summary>
internal sealed class ChatReader : IWireReader
{
    private readonly SortedDictionary<int, Call> _calls = [];
    private ChatFinishReason? _finish;
    private UsageDetails? _usage;
    private string? _id;
    private string? _model;

    public bool Completed => _finish is not null;

    public ChatResponseUpdate? Read(ReadOnlySpan<byte> data)
    {
        if (data.SequenceEqual("[DONE]"u8)) return null;
        var reader = new Utf8JsonReader(data);
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        if (root.TryGetProperty("error", out var error) && error.ValueKind != JsonValueKind.Null) throw ModelFaults.InStream(error);
        if (_id is null && root.TryGetProperty("id", out var id)) _id = id.GetString();
        _model ??= Usage.Model(root);
        if (root.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object) _usage = Usage.Read(usage, "prompt_tokens", "completion_tokens");
        if (!root.TryGetProperty("choices", out var choices) || choices.ValueKind != JsonValueKind.Array || choices.GetArrayLength() == 0) return null;
        return ReadChoice(choices[0]);
    }

    public ChatResponseUpdate Finish()
    {
        List<AIContent> contents = [.. _calls.Values.Select(c => c.Finished())];
        if (_usage is not null) contents.Add(new UsageContent(_usage));
        return new ChatResponseUpdate(ChatRole.Assistant, contents) { FinishReason = _finish, ResponseId = _id, ModelId = _model };
    }

    private ChatResponseUpdate? ReadChoice(JsonElement choice)
    {
        if (choice.TryGetProperty("finish_reason", out var finish) && finish.ValueKind == JsonValueKind.String) _finish = new ChatFinishReason(finish.GetString()!);
        if (!choice.TryGetProperty("delta", out var delta) || delta.ValueKind != JsonValueKind.Object) return null;
        if (delta.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array)
            foreach (var call in calls.EnumerateArray()) ReadCall(call);
        if ((Text(delta, "content") ?? Text(delta, "refusal")) is { } text) return new ChatResponseUpdate(ChatRole.Assistant, [new TextContent(text)]);
        // Not in OpenAI's own protocol; DeepSeek, vLLM and others stream it under one of these names.
        if ((Text(delta, "reasoning_content") ?? Text(delta, "reasoning")) is { } thought) return new ChatResponseUpdate(ChatRole.Assistant, [new TextReasoningContent(thought)]);
        return null;
    }

    private void ReadCall(JsonElement piece)
    {
        var index = piece.TryGetProperty("index", out var at) && at.ValueKind == JsonValueKind.Number ? at.GetInt32() : _calls.Count;
        if (!_calls.TryGetValue(index, out var call)) _calls[index] = call = new Call();
        if (Text(piece, "id") is { } id) call.Id ??= id;
        if (!piece.TryGetProperty("function", out var function) || function.ValueKind != JsonValueKind.Object) return;
        if (Text(function, "name") is { } name) call.Name ??= name;
        if (Text(function, "arguments") is { } arguments) call.Arguments.Append(arguments);
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private sealed class Call
    {
        public string? Id { get; set; }
        public string? Name { get; set; }
        public StringBuilder Arguments { get; } = new();

        public FunctionCallContent Finished() => ToolArguments.Call(
            Id ?? throw new ModelException(ModelFault.Malformed, "The model server sent a tool call without an id."),
            Name ?? throw new ModelException(ModelFault.Malformed, "The model server sent a tool call without a name."),
            Arguments.ToString());
    }
}
