using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace ControlChat.Core.Mcp.Servers;

/// <summary>What a tool answered, as a result of the hub: its text, its structured content, and what of it is left out. All of it is untrusted.</summary>
/// <param name="Value"><c>{text?, structured?, left_out?}</c>.</param>
/// <param name="IsError">The server says that the call failed.</param>
internal sealed record ServerResult(JsonObject Value, bool IsError)
{
    public static ServerResult Of(CallToolResult answer)
    {
        var (text, left) = (new StringBuilder(), new SortedDictionary<string, int>(StringComparer.Ordinal));
        foreach (var block in (answer.Content ?? []).OfType<ContentBlock>())
        {
            var said = block switch
            {
                TextContentBlock t => t.Text,
                EmbeddedResourceBlock { Resource: TextResourceContents resource } => resource.Text,
                ResourceLinkBlock link => link.Uri,
                _ => null,
            };
            if (said is null) left[Kind(block)] = left.GetValueOrDefault(Kind(block)) + 1;
            else text.Append(text.Length > 0 ? "\n" : "").Append(said);
        }
        var value = new JsonObject();
        if (text.Length > ServerLimits.MostText)
        {
            left["characters of text"] = text.Length - ServerLimits.MostText;
            text.Length = char.IsHighSurrogate(text[ServerLimits.MostText - 1]) ? ServerLimits.MostText - 1 : ServerLimits.MostText;
        }
        if (text.Length > 0) value["text"] = text.ToString();
        if (Structured(answer) is { } structured)
        {
            if (IsShallow(structured, 1) && structured.ToJsonString().Length <= ServerLimits.MostText) value["structured"] = structured;
            else left["structured content, which is too long or too deep"] = 1;
        }
        if (left.Count > 0) value["left_out"] = new JsonArray([.. left.Select(l => (JsonNode)string.Create(CultureInfo.InvariantCulture, $"{l.Value:N0} {l.Key}"))]);
        return new ServerResult(value, answer.IsError is true);
    }

    private static JsonNode? Structured(CallToolResult answer) =>
        answer.StructuredContent is { } content && content.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null) ? JsonNode.Parse(content.GetRawText()) : null;

    // A word of our own for it: the server's may be anything.
    private static string Kind(ContentBlock block) => block switch
    {
        ImageContentBlock => "image",
        AudioContentBlock => "audio",
        EmbeddedResourceBlock => "file",
        _ => "other",
    };

    // What is stored nests it deeper still.
    private static bool IsShallow(JsonNode? node, int depth) => depth <= ServerLimits.MostDepth && node switch
    {
        JsonObject o => o.All(p => IsShallow(p.Value, depth + 1)),
        JsonArray a => a.All(item => IsShallow(item, depth + 1)),
        _ => true,
    };
}
