using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Telemetry;

namespace ControlChat.Core.Sessions;

/// <summary>What of a tool's call stands on the record: where and what, never the text that is written or read, no secret, and not much.</summary>
internal static class RecordedCall
{
    private const int MostOfAll = 4_096;
    private const int MostOfOne = 500;

    // What is written into a document.
    private static readonly string[] Contents = ["new_content"];

    /// <summary>Fields of a result that are facts about it.</summary>
    public static IReadOnlyList<string> Facts { get; } = ["path", "applied", "backup", "version", "exit_code", "timed_out"];

    public static JsonNode? Of(JsonElement arguments, Redactor redactor)
    {
        if (arguments.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) return null;
        try
        {
            var shortened = Shorten(JsonNode.Parse(arguments.GetRawText(), documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 32 }), redactor);
            if (CanonicalJson.Write(shortened) is { Length: > MostOfAll } text) return new JsonObject { ["left_out"] = $"{text.Length} characters" };
            return JsonNode.Parse(redactor.Redact(shortened!.ToJsonString()));
        }
        // A lone surrogate is no text, and has no canonical form.
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return new JsonObject { ["left_out"] = "not canonical JSON" };
        }
    }

    public static string Bounded(string text) => text.Length <= MostOfOne ? text : $"{text[..(char.IsHighSurrogate(text[MostOfOne - 1]) ? MostOfOne - 1 : MostOfOne)]}… ({text.Length} characters)";

    // Secrets first: what is cut through is not known any more.
    private static JsonNode? Shorten(JsonNode? node, Redactor redactor) => node switch
    {
        JsonObject o => new JsonObject(o.Select(p => KeyValuePair.Create(p.Key, Contents.Contains(p.Key) && p.Value is JsonValue v && v.GetValueKind() == JsonValueKind.String
            ? new JsonObject { ["characters"] = v.GetValue<string>().Length } : Shorten(p.Value, redactor)))),
        JsonArray a => new JsonArray([.. a.Select(i => Shorten(i, redactor))]),
        JsonValue v when v.GetValueKind() == JsonValueKind.String => Bounded(redactor.Redact(v.GetValue<string>())),
        _ => node?.DeepClone(),
    };
}
