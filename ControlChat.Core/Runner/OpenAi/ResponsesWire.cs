using System.Text.Json;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner.OpenAi;

/// <summary>Requests of the Responses API. Nothing is kept at the provider (<c>store: false</c>): the hub sends the history it has.</summary>
internal sealed class ResponsesWire : IWire
{
    public IWireReader Read() => new ResponsesReader();

    public void Write(Utf8JsonWriter writer, string model, IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        writer.WriteStartObject();
        writer.WriteString("model"u8, options?.ModelId ?? model);
        writer.WriteBoolean("stream"u8, true);
        writer.WriteBoolean("store"u8, false);
        if (options?.Instructions is { Length: > 0 } instructions) writer.WriteString("instructions"u8, instructions);
        writer.WriteStartArray("input"u8);
        foreach (var message in messages) WriteMessage(writer, message);
        writer.WriteEndArray();
        ToolJson.WriteAll(writer, options, chat: false);
        if (options?.MaxOutputTokens is { } tokens) writer.WriteNumber("max_output_tokens"u8, tokens);
        if (options?.Temperature is { } temperature) writer.WriteNumber("temperature"u8, temperature);
        WriteReasoning(writer, options?.Reasoning);
        writer.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter writer, ChatMessage message)
    {
        foreach (var content in message.Contents)
        {
            switch (content)
            {
                case TextContent { Text.Length: > 0 } text: WriteText(writer, message.Role.Value, text.Text); break;
                case FunctionCallContent call: WriteCall(writer, call); break;
                case FunctionResultContent result: WriteResult(writer, result); break;
            }
        }
    }

    private static void WriteText(Utf8JsonWriter writer, string role, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "message"u8);
        writer.WriteString("role"u8, role);
        writer.WriteString("content"u8, text);
        writer.WriteEndObject();
    }

    private static void WriteCall(Utf8JsonWriter writer, FunctionCallContent call)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "function_call"u8);
        writer.WriteString("call_id"u8, call.CallId);
        writer.WriteString("name"u8, ToolWireName.Of(call.Name));
        writer.WriteString("arguments"u8, ToolArguments.Text(call));
        writer.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter writer, FunctionResultContent result)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "function_call_output"u8);
        writer.WriteString("call_id"u8, result.CallId);
        writer.WriteString("output"u8, ToolArguments.Result(result.Result));
        writer.WriteEndObject();
    }

    // Only on request: models without reasoning refuse the field.
    private static void WriteReasoning(Utf8JsonWriter writer, ReasoningOptions? reasoning)
    {
        if (reasoning is null) return;
        writer.WriteStartObject("reasoning"u8);
        if (reasoning.Effort is { } effort) writer.WriteString("effort"u8, effort.ToString().ToLowerInvariant());
        if (reasoning.Output is { } output && output != ReasoningOutput.None) writer.WriteString("summary"u8, output == ReasoningOutput.Full ? "detailed"u8 : "auto"u8);
        writer.WriteEndObject();
    }
}
