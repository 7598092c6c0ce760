using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Telemetry;

namespace ControlChat.Core.Gate;

/// <summary>
/// What of unchecked arguments can stand on the record: bounded, only what has a canonical form, and nothing that looks like a secret.
/// The value of a refused setting is never recorded: it may be a key that somebody put in the wrong place.
/// </summary>
internal static class RecordedArguments
{
    private const int MostCharacters = 4096;

    public static JsonNode? Of(string tool, JsonElement arguments)
    {
        if (arguments.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) return null;
        var raw = arguments.GetRawText();
        if (raw.Length > MostCharacters) return new JsonObject { ["left_out"] = $"{raw.Length} characters" };
        try
        {
            var node = JsonNode.Parse(raw, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 32 });
            if (tool == "config.set" && node is JsonObject setting && setting.ContainsKey("value")) setting["value"] = Redactor.Removed;
            CanonicalJson.Write(node);
            return JsonNode.Parse(Redactor.RedactForms(node!.ToJsonString()));
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return new JsonObject { ["left_out"] = "not canonical JSON" };
        }
    }
}
