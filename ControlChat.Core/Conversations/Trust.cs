using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlChat.Core.Accounts;

namespace ControlChat.Core.Conversations;

/// <summary>What of a posted message is trusted (design, invariant 7): only text that the run's own person typed in the UI.</summary>
internal static partial class Trust
{
    public static bool IsTainted(Principal principal, PostedMessage posted) =>
        principal.IsToken || posted.Via != "ui" || HoldsText(posted.Context);

    // The hub's own ids, the fixed words of its pages, numbers and flags steer nobody; a title or a selected passage could, however short.
    private static bool HoldsText(JsonNode? node) => node switch
    {
        null => false,
        JsonObject record => record.Any(p => HoldsText(p.Value)),
        JsonArray list => list.Any(HoldsText),
        JsonValue value => value.GetValueKind() == JsonValueKind.String && !IsId(value.GetValue<string>()),
        _ => true,
    };

    private static bool IsId(string text) => OwnWord().IsMatch(text);

    // "delete-everything-now" looks like an id to a looser eye, and is a legal title.
    [GeneratedRegex(@"\A(?:(?:ws|conv|run|act|apr|pln|msg|acc|ses|tok|req)_[0-9a-f]{32}|local|ask|workspaces|audit|logs|settings|trace|debug|information|warning|error|critical|[0-9]{1,4}[smhd]|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,12}Z)\z", RegexOptions.CultureInvariant)]
    private static partial Regex OwnWord();
}
