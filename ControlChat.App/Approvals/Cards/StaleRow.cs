using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.App.Approvals.Cards;

/// <summary>One thing that moved under a plan.</summary>
/// <param name="Saw">What the plan was made from.</param>
/// <param name="Now">What is there now.</param>
public sealed record StaleRow(string Resource, string Field, string Saw, string Now)
{
    /// <summary>What the record says was changed, and what the plan found different; a version alone only where neither tells it better.</summary>
    public static IReadOnlyList<StaleRow> Of(JsonArray difference, IReadOnlyList<Mover> movers)
    {
        var entries = difference.OfType<JsonObject>().ToList();
        var told = movers.SelectMany(m => m.Changes.Where(e => e.Resource == m.Resource)).Select(e => new StaleRow(e.Resource, Words(e.Field), Value(e.Before), Value(e.After))).ToList();
        var effects = entries.Where(e => Text(e["kind"]) == "effect" && Differs(e)).Select(Effect).Where(row => told.All(t => (t.Resource, t.Field) != (row.Resource, row.Field))).ToList();
        var versions = entries.Where(e => Text(e["kind"]) == "read_set" && effects.Concat(told).All(row => row.Resource != Text(e["resource"]))).Select(Version);
        var prices = entries.Where(e => Text(e["kind"]) == "cost").Select(e => new StaleRow(Text(e["resource"]), "", Price(e["planned"]), Price(e["now"])));
        return [.. told, .. effects, .. versions, .. prices];
    }

    // What is there now counts; a plan made later may also do something a little different, such as a later date.
    private static bool Differs(JsonObject entry) =>
        entry["planned"] is not JsonObject planned || entry["now"] is not JsonObject now || !JsonNode.DeepEquals(planned["before"], now["before"]);

    private static StaleRow Effect(JsonObject entry)
    {
        var (planned, now) = (entry["planned"] as JsonObject, entry["now"] as JsonObject);
        return new StaleRow(Text(entry["resource"]), Words(Text(entry["field"])), planned is null ? Texts.NotPartOfPlan : Value(planned["before"]), now is null ? Texts.NoChangeLeft : Value(now["before"]));
    }

    private static StaleRow Version(JsonObject entry) =>
        new(Text(entry["resource"]), Texts.Version, entry["planned"] is { } seen ? seen.ToJsonString() : Texts.NotLookedAt, entry["now"] is { } now ? now.ToJsonString() : Texts.NotNeeded);

    private static string Price(JsonNode? cost) => cost.Deserialize<Cost>(Json.Wire) is { } price ? PlanWords.Money(price) : Texts.Nothing;

    private static string Words(string? field) => string.IsNullOrEmpty(field) ? Texts.AllOfIt : field.Replace('_', ' ');

    private static string Value(JsonNode? value) => ValueText.Of(value) ?? Texts.Nothing;

    private static string Text(JsonNode? value) => value is JsonValue one && one.TryGetValue(out string? text) ? text : "";
}
