using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner.OpenAi;

/// <summary>A call's arguments between the wire's text and <see cref="FunctionCallContent"/>. What is not a JSON object is kept raw, so that the gate can answer <c>invalid</c>.</summary>
internal static class ToolArguments
{
    /// <summary>In <c>AdditionalProperties</c> of a call whose arguments are no JSON object: the text as the model wrote it.</summary>
    public const string Raw = "raw_arguments";

    // Two values under one name would let a check and its use see different ones.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public static FunctionCallContent Call(string callId, string name, string text)
    {
        if (string.IsNullOrWhiteSpace(text)) return new FunctionCallContent(callId, name, new Dictionary<string, object?>());
        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return new FunctionCallContent(callId, name, document.RootElement.Clone().EnumerateObject().ToDictionary(p => p.Name, p => (object?)p.Value));
        }
        catch (JsonException)
        {
            // kept raw below
        }
        return new FunctionCallContent(callId, name, null) { AdditionalProperties = new() { [Raw] = text } };
    }

    public static string Text(FunctionCallContent call)
    {
        if (call.AdditionalProperties?.TryGetValue(Raw, out var raw) == true) return raw?.ToString() ?? "";
        if (call.Arguments is not { Count: > 0 } arguments) return "{}";
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in arguments)
            {
                writer.WritePropertyName(name);
                JsonSerializer.Serialize(writer, value, Hub.Json.Wire);
            }
            writer.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>A tool's result as the text the model reads.</summary>
    public static string Result(object? result) => result switch
    {
        null => "",
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } element => element.GetString()!,
        JsonElement element => element.GetRawText(),
        _ => JsonSerializer.Serialize(result, Hub.Json.Wire),
    };
}
