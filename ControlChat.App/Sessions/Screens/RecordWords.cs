using System.Text.Json.Nodes;
using ControlChat.Core.Sessions;

namespace ControlChat.App.Sessions.Screens;

/// <summary>A record as one text to read: its values that are text, one below the other.</summary>
internal static class RecordWords
{
    // Names of the agent's own things say nothing to a reader.
    private static readonly string[] Ids = ["item_id", "message_id", "account_id"];

    public static string Of(StoredSessionEvent stored) => string.Join('\n', JsonNode.Parse(stored.Data)!.AsObject().Where(p => !Ids.Contains(p.Key)).Select(p => Line(p.Key, p.Value)).OfType<string>());

    private static string? Line(string name, JsonNode? value) => value switch
    {
        null => null,
        JsonValue text when text.TryGetValue<string>(out var words) => name is "text" or "command" or "output" ? words : $"{name}: {words}",
        _ => $"{name}: {value.ToJsonString(Core.Hub.Json.Wire)}",
    };
}
