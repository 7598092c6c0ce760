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
        var (text, left) = (new StringBuilder(), new List<string>());
        foreach (var block in answer.Content ?? [])
        {
            var said = block switch
            {
                TextContentBlock t => t.Text,
                EmbeddedResourceBlock { Resource: TextResourceContents resource } => resource.Text,
                ResourceLinkBlock link => link.Uri,
                _ => null,
            };
            if (said is null) left.Add(block.Type);
            else text.Append(text.Length > 0 ? "\n" : "").Append(said);
        }
        var value = new JsonObject();
        if (text.Length > ServerLimits.MostText)
        {
            left.Add($"{text.Length - ServerLimits.MostText:N0} characters of text");
            text.Length = char.IsHighSurrogate(text[ServerLimits.MostText - 1]) ? ServerLimits.MostText - 1 : ServerLimits.MostText;
        }
        if (text.Length > 0) value["text"] = text.ToString();
        if (Structured(answer) is { } structured)
        {
            if (structured.ToJsonString().Length <= ServerLimits.MostText) value["structured"] = structured;
            else left.Add("structured content, which is too long");
        }
        if (left.Count > 0) value["left_out"] = new JsonArray([.. left.Select(l => (JsonNode)l)]);
        return new ServerResult(value, answer.IsError is true);
    }

    private static JsonNode? Structured(CallToolResult answer) =>
        answer.StructuredContent is { } content && content.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null) ? JsonNode.Parse(content.GetRawText()) : null;
}
