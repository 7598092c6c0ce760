using System.Text.Json;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner.OpenAi;

/// <summary>Requests of Chat Completions, the protocol that most compatible servers speak.</summary>
internal sealed class ChatWire : IWire
{
    public IWireReader Read() => new ChatReader();

    public void Write(Utf8JsonWriter writer, string model, IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        writer.WriteStartObject();
        writer.WriteString("model"u8, options?.ModelId ?? model);
        writer.WriteBoolean("stream"u8, true);
        writer.WriteStartObject("stream_options"u8);
        writer.WriteBoolean("include_usage"u8, true);
        writer.WriteEndObject();
        writer.WriteStartArray("messages"u8);
        if (options?.Instructions is { Length: > 0 } instructions) WriteText(writer, "system", instructions);
        foreach (var message in messages) WriteMessage(writer, message);
        writer.WriteEndArray();
        ToolJson.WriteAll(writer, options, chat: true);
        if (options?.MaxOutputTokens is { } tokens) writer.WriteNumber("max_completion_tokens"u8, tokens);
        if (options?.Temperature is { } temperature) writer.WriteNumber("temperature"u8, temperature);
        if (options?.Reasoning?.Effort is { } effort) writer.WriteString("reasoning_effort"u8, effort.ToString().ToLowerInvariant());
        writer.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter writer, ChatMessage message)
    {
        var calls = message.Contents.OfType<FunctionCallContent>().ToList();
        var text = message.Text;
        if (calls.Count > 0) WriteCalls(writer, text, calls);
        else if (text.Length > 0) WriteText(writer, message.Role.Value, text);
        foreach (var result in message.Contents.OfType<FunctionResultContent>()) WriteResult(writer, result);
    }

    private static void WriteText(Utf8JsonWriter writer, string role, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("role"u8, role);
        writer.WriteString("content"u8, text);
        writer.WriteEndObject();
    }

    private static void WriteCalls(Utf8JsonWriter writer, string text, List<FunctionCallContent> calls)
    {
        writer.WriteStartObject();
        writer.WriteString("role"u8, "assistant"u8);
        if (text.Length > 0) writer.WriteString("content"u8, text);
        else writer.WriteNull("content"u8);
        writer.WriteStartArray("tool_calls"u8);
        foreach (var call in calls)
        {
            writer.WriteStartObject();
            writer.WriteString("id"u8, call.CallId);
            writer.WriteString("type"u8, "function"u8);
            writer.WriteStartObject("function"u8);
            writer.WriteString("name"u8, ToolWireName.Of(call.Name));
            writer.WriteString("arguments"u8, ToolArguments.Text(call));
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter writer, FunctionResultContent result)
    {
        writer.WriteStartObject();
        writer.WriteString("role"u8, "tool"u8);
        writer.WriteString("tool_call_id"u8, result.CallId);
        writer.WriteString("content"u8, ToolArguments.Result(result.Result));
        writer.WriteEndObject();
    }
}
