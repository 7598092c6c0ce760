using System.Text.Json.Nodes;

namespace ControlChat.App.Approvals.Cards;

/// <summary>One thing that moved under a plan.</summary>
/// <param name="Saw">What the plan was made from.</param>
/// <param name="Now">What is there now.</param>
public sealed record StaleRow(string Resource, string Field, string Saw, string Now)
{
    /// <summary>Changed effects first; a version that moved is told only where no effect tells it better.</summary>
    public static IReadOnlyList<StaleRow> Of(JsonArray difference)
    {
        var entries = difference.OfType<JsonObject>().ToList();
        var effects = entries.Where(e => Text(e["kind"]) == "effect").Select(Effect).ToList();
        var versions = entries.Where(e => Text(e["kind"]) == "read_set" && effects.All(row => row.Resource != Text(e["resource"]))).Select(Version);
        return [.. effects, .. versions];
    }

    private static StaleRow Effect(JsonObject entry)
    {
        var (planned, now) = (entry["planned"] as JsonObject, entry["now"] as JsonObject);
        var field = Text(entry["field"]) is { Length: > 0 } name ? name.Replace('_', ' ') : "all of it";
        return new StaleRow(Text(entry["resource"]), field, planned is null ? "not part of the plan" : Value(planned["before"]), now is null ? "no change is left to make" : Value(now["before"]));
    }

    private static StaleRow Version(JsonObject entry) =>
        new(Text(entry["resource"]), "version", entry["planned"] is { } seen ? seen.ToJsonString() : "not looked at", entry["now"] is { } now ? now.ToJsonString() : "not needed any more");

    private static string Value(JsonNode? value) => ValueText.Of(value) ?? "nothing";

    private static string Text(JsonNode? value) => value is JsonValue one && one.TryGetValue(out string? text) ? text : "";
}
