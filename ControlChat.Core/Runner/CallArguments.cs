using System.Text.Json;
using ControlChat.Core.Hub;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner;

/// <summary>A call's arguments between the model's content, the row (text as it was written) and the gate (JSON).</summary>
internal static class CallArguments
{
    // Where a model client keeps arguments that are no JSON object.
    private const string Raw = "raw_arguments";

    public static string Text(FunctionCallContent call)
    {
        if (call.AdditionalProperties?.TryGetValue(Raw, out var raw) == true) return raw?.ToString() ?? "";
        return call.Arguments is { Count: > 0 } arguments ? JsonSerializer.Serialize(arguments, Json.Wire) : "{}";
    }

    /// <summary>What is no JSON becomes a JSON text, which the gate refuses with a message for the model.</summary>
    public static JsonElement ToElement(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(text);
        }
    }

    public static FunctionCallContent ToContent(string callId, string name, string text)
    {
        var element = ToElement(text);
        return element.ValueKind == JsonValueKind.Object
            ? new FunctionCallContent(callId, name, element.EnumerateObject().DistinctBy(p => p.Name).ToDictionary(p => p.Name, p => (object?)p.Value))
            : new FunctionCallContent(callId, name, null) { AdditionalProperties = new AdditionalPropertiesDictionary { [Raw] = text } };
    }
}
