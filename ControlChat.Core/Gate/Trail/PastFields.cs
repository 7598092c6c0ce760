using System.Text.Json.Nodes;
using ControlChat.Core.Audit;

namespace ControlChat.Core.Gate.Trail;

/// <summary>What a thing was like at a row of the record: from its last changes before and its first changes after.</summary>
/// <param name="change">What a row did to a field of the thing, and when; null when it did nothing.</param>
/// <param name="present">Its values now.</param>
internal sealed class PastFields(IReadOnlyList<EffectMark> marks, Func<long, string, PastChange?> change, IReadOnlyDictionary<string, JsonNode?> present)
{
    private readonly EffectMark _whole = marks.FirstOrDefault(m => m.Field == EffectKey.Whole) ?? new EffectMark();

    private PastChange? Made => _whole.Last is { } seq ? change(seq, EffectKey.Whole) : null;

    private PastChange? Gone => _whole.Next is { } seq ? change(seq, EffectKey.Whole) : null;

    /// <summary>Whether it was there; null when nothing is known of it.</summary>
    public bool? Exists => (Made, Gone) switch
    {
        ({ } made, _) => made.Effect.Op != "delete",
        (null, { } gone) => gone.Effect.Op == "delete",
        _ => marks.Count > 0 || present.Count > 0 ? true : null,
    };

    public IReadOnlyList<PastField> All() =>
        Exists is not true ? [] : [.. Names().Order(StringComparer.Ordinal).Select(Of).OfType<PastField>()];

    private IEnumerable<string> Names() => marks.Select(m => m.Field).Where(f => f is not (EffectKey.Whole or "external"))
        .Concat(Keys(Made?.Effect.After)).Concat(Keys(Gone?.Effect.Before)).Concat(present.Keys).Distinct();

    private PastField? Of(string field)
    {
        var mark = marks.FirstOrDefault(m => m.Field == field) ?? new EffectMark { Field = field };
        if (Set(mark) is { } set) return set;
        if (Replaced(mark) is { } replaced) return replaced;
        return present.TryGetValue(field, out var value) ? new PastField(field, value?.DeepClone(), "present", null, null) : null;
    }

    // What came before the thing was made anew says nothing of it.
    private PastField? Set(EffectMark mark)
    {
        var made = Made;
        if (mark.Last is { } last && last >= (made?.Seq ?? 0) && change(last, mark.Field) is { } own) return Known(mark.Field, own.Effect.After, own);
        return made is not null && made.Effect.After is JsonObject whole && whole.TryGetPropertyValue(mark.Field, out var value) ? Known(mark.Field, value, made) : null;

        static PastField Known(string field, JsonNode? value, PastChange by) => new(field, value?.DeepClone(), "set", by.Seq, by.At);
    }

    private PastField? Replaced(EffectMark mark)
    {
        if (mark.Next is { } next && next <= (_whole.Next ?? long.MaxValue) && change(next, mark.Field) is { } own) return Found(own.Effect.Before, own);
        return Gone is { Effect.Before: JsonObject whole } gone && whole.TryGetPropertyValue(mark.Field, out var value) ? Found(value, gone) : null;

        PastField Found(JsonNode? value, PastChange by) => new(mark.Field, value?.DeepClone(), "replaced", by.Seq, null);
    }

    private static IEnumerable<string> Keys(JsonNode? value) => value is JsonObject whole ? whole.Select(f => f.Key) : [];
}

/// <summary>A change with its row.</summary>
internal sealed record PastChange(long Seq, DateTimeOffset At, RecordedEffect Effect);
