using System.Text.Json.Nodes;

namespace ControlChat.Core.Gate;

/// <summary>What a step of a batch is about, so that its row can be told from the others: a title or an address, as the plan's effects hold it.</summary>
internal static class StepSubject
{
    /// <summary>Null when the effects of the plan do not say.</summary>
    public static string? Of(IReadOnlyList<PlanStep> steps, int index) => In(steps[index].Effects)
        ?? (Text(steps[index].Arguments["workspace_id"]) is { } id ? In(steps.SelectMany(s => s.Effects).Where(e => e.Resource == $"workspace/{id}")) : null);

    private static string? In(IEnumerable<Effect> effects) => effects.Select(In).OfType<string>().FirstOrDefault();

    private static string? In(Effect effect) => effect.Field == "title" ? Text(effect.Before) ?? Text(effect.After)
        : (effect.After ?? effect.Before) is JsonObject whole ? Text(whole["title"]) ?? Text(whole["email"]) : null;

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
