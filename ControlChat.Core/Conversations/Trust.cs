using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;

namespace ControlChat.Core.Conversations;

/// <summary>What of a posted message is trusted (design, invariant 7): only text that the run's own person typed in the UI.</summary>
internal static class Trust
{
    public static bool IsTainted(Principal principal, PostedMessage posted) =>
        principal.IsToken || posted.Via != "ui" || HoldsText(posted.Context);

    // Ids, page names, numbers and flags steer nobody; a title or a selected passage could.
    private static bool HoldsText(JsonNode? node) => node switch
    {
        null => false,
        JsonObject record => record.Any(p => HoldsText(p.Value)),
        JsonArray list => list.Any(HoldsText),
        JsonValue value => value.GetValueKind() == JsonValueKind.String && !IsId(value.GetValue<string>()),
        _ => true,
    };

    private static bool IsId(string text) =>
        text.Length <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '/' or '.' or ':');
}
