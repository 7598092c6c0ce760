using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.Core.Audit;

/// <summary>One change that a row of the record tells of.</summary>
/// <param name="Op"><c>create|update|delete|external</c>.</param>
/// <param name="Resource"><c>kind/id</c>.</param>
/// <param name="Field">Null where the thing as a whole was made, removed or used.</param>
public sealed record RecordedEffect(string Op, string Resource, string? Field, JsonNode? Before, JsonNode? After)
{
    /// <summary>What was done, in the row's order; nothing for a row that tells of no change, such as a refusal.</summary>
    public static IReadOnlyList<RecordedEffect> Of(AuditRow row)
    {
        if (HostOf(row) is { } host) return [host];
        if (row.Event != AuditEvents.ToolApplied || row.Data["effects"] is not JsonArray effects) return [];
        var told = effects.OfType<JsonObject>().Select(Read).OfType<RecordedEffect>().ToList();
        return OwnerOf(row, told) is { } owner ? [.. told, owner] : told;
    }

    /// <summary>The same of a row as the table holds it; nothing when it cannot be read.</summary>
    internal static IReadOnlyList<RecordedEffect> Of(StoredRow row)
    {
        if (!row.Body.Contains("\"effects\":[{", StringComparison.Ordinal) && !row.Body.Contains("\"host\":", StringComparison.Ordinal)) return [];
        try
        {
            return Of(AuditRow.Of(row));
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static RecordedEffect? Read(JsonObject effect) =>
        Text(effect["resource"]) is { } resource && resource.IndexOf('/', StringComparison.Ordinal) > 0
            ? new RecordedEffect(Text(effect["op"]) ?? "update", resource, Text(effect["field"]), effect["before"], effect["after"])
            : null;

    // What became of an ordered host: its keeper's rows say the state and name no effects.
    private static RecordedEffect? HostOf(AuditRow row) =>
        row is { WorkspaceId: { } workspace, Actor.Account: null } && Text(row.Data["host"]) is { } state ? new RecordedEffect("update", $"host/{workspace}", "state", null, state) : null;

    // Whoever makes a workspace owns it; that has no effect of its own.
    private static RecordedEffect? OwnerOf(AuditRow row, List<RecordedEffect> told) =>
        row is { Tool: "workspace.create", Actor.Account: { } account } && told.Find(e => e.Op == "create" && e.Resource.StartsWith("workspace/", StringComparison.Ordinal)) is { } made
            ? new RecordedEffect("create", $"member/{made.Resource["workspace/".Length..]}:{account}", null, null, new JsonObject { ["role"] = "owner" })
            : null;

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
