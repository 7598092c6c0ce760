using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>What of unchecked arguments can stand on the record: bounded, and only what has a canonical form.</summary>
internal static class RecordedArguments
{
    private const int MostCharacters = 4096;

    public static JsonNode? Of(JsonElement arguments)
    {
        if (arguments.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) return null;
        var raw = arguments.GetRawText();
        if (raw.Length > MostCharacters) return new JsonObject { ["left_out"] = $"{raw.Length} characters" };
        try
        {
            var node = JsonNode.Parse(raw, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 32 });
            CanonicalJson.Write(node);
            return node;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return new JsonObject { ["left_out"] = "not canonical JSON" };
        }
    }
}
