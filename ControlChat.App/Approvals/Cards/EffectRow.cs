using System.Text.Json.Nodes;
using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals.Cards;

/// <summary>One line of the table of effects.</summary>
/// <param name="Step">Which step of a batch, from 0; null for a plan without steps.</param>
/// <param name="Opens">The first line of its step: it carries the checkbox.</param>
/// <param name="Same">The line above is about the same resource.</param>
/// <param name="Field">In words.</param>
/// <param name="Before">Null when there was nothing.</param>
/// <param name="After">Null when nothing is left.</param>
public sealed record EffectRow(int? Step, bool Opens, string Resource, bool Same, string Field, string? Before, string? After)
{
    /// <summary>The field's own name; null where the thing as a whole changes.</summary>
    public string? Name { get; init; }

    /// <summary>The values are times, which are shown by the reader's clock.</summary>
    public bool IsTime => Name?.EndsWith("_at", StringComparison.Ordinal) == true;

    /// <summary>Every effect of the plan, in order; an object is one line for each of its fields.</summary>
    public static IReadOnlyList<EffectRow> Of(Plan plan)
    {
        var rows = new List<EffectRow>();
        if (plan.Steps is null) Add(rows, null, plan.Effects);
        for (var i = 0; i < (plan.Steps?.Count ?? 0); i++) Add(rows, i, plan.Steps![i].Effects);
        return rows;
    }

    private static void Add(List<EffectRow> rows, int? step, IReadOnlyList<Effect> effects)
    {
        var from = rows.Count;
        foreach (var (effect, field, before, after) in effects.SelectMany(Lines))
        {
            var same = rows.Count > 0 && rows[^1].Resource == effect.Resource;
            rows.Add(new EffectRow(step, rows.Count == from, effect.Resource, same, field, before, after) { Name = effect.Field });
        }
        // A step without effects still has its line, so that it can be seen and left out.
        if (step is not null && rows.Count == from) rows.Add(new EffectRow(step, true, "", false, Texts.NothingChanges, null, null));
    }

    private static IEnumerable<(Effect Effect, string Field, string? Before, string? After)> Lines(Effect effect)
    {
        if (effect.Field is not null || (effect.Before ?? effect.After) is not JsonObject whole || whole.Count == 0 || whole.ContainsKey("secret"))
        {
            yield return (effect, FieldWords(effect), ValueText.Of(effect.Before), ValueText.Of(effect.After) ?? (effect is { Op: "create", After: null } ? Texts.Made : null));
            yield break;
        }
        var (before, after) = (effect.Before as JsonObject, effect.After as JsonObject);
        foreach (var name in (before ?? []).Select(f => f.Key).Union((after ?? []).Select(f => f.Key)))
            yield return (effect, Words(name), ValueText.Of(before?[name]), ValueText.Of(after?[name]));
    }

    private static string FieldWords(Effect effect) => effect switch
    {
        { Field: { } field } => Words(field),
        { Op: "create" } => Texts.New,
        { Op: "delete" } => Texts.Deleted,
        { Op: "external" } => Texts.OutsideHub,
        _ => Texts.Value,
    };

    private static string Words(string name) => name.Replace('_', ' ');
}
