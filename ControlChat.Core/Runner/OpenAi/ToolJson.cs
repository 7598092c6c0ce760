using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner.OpenAi;

/// <summary>Tools as request JSON, written once per declaration: the same few dozen are sent with every step of every run.</summary>
internal static class ToolJson
{
    private static readonly ConditionalWeakTable<AIFunctionDeclaration, byte[]> Responses = [];
    private static readonly ConditionalWeakTable<AIFunctionDeclaration, byte[]> Chat = [];

    public static void WriteAll(Utf8JsonWriter writer, ChatOptions? options, bool chat)
    {
        if (options?.Tools is not { Count: > 0 } tools) return;
        writer.WriteStartArray("tools"u8);
        foreach (var tool in tools.OfType<AIFunctionDeclaration>())
            writer.WriteRawValue(chat ? Chat.GetValue(tool, ChatTool) : Responses.GetValue(tool, ResponsesTool), skipInputValidation: true);
        writer.WriteEndArray();
        writer.WriteBoolean("parallel_tool_calls"u8, options.AllowMultipleToolCalls ?? true);
        writer.WriteString("tool_choice"u8, options.ToolMode switch { NoneChatToolMode => "none", RequiredChatToolMode => "required", _ => "auto" });
    }

    private static byte[] ResponsesTool(AIFunctionDeclaration tool) => Build(writer =>
    {
        writer.WriteString("type"u8, "function"u8);
        WriteFunction(writer, tool);
        // Left out means strict here.
        writer.WriteBoolean("strict"u8, StrictSchema.Allows(tool.JsonSchema));
    });

    private static byte[] ChatTool(AIFunctionDeclaration tool) => Build(writer =>
    {
        writer.WriteString("type"u8, "function"u8);
        writer.WriteStartObject("function"u8);
        WriteFunction(writer, tool);
        // Written only when true: some compatible servers refuse the field.
        if (StrictSchema.Allows(tool.JsonSchema)) writer.WriteBoolean("strict"u8, true);
        writer.WriteEndObject();
    });

    private static void WriteFunction(Utf8JsonWriter writer, AIFunctionDeclaration tool)
    {
        writer.WriteString("name"u8, ToolWireName.Of(tool.Name));
        writer.WriteString("description"u8, tool.Description);
        writer.WritePropertyName("parameters"u8);
        tool.JsonSchema.WriteTo(writer);
    }

    private static byte[] Build(Action<Utf8JsonWriter> fields)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            fields(writer);
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
