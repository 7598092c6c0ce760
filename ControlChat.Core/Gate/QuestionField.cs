using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.Core.Gate;

public enum QuestionFieldKind
{
    Text,
    Number,
    WholeNumber,
    Boolean,
    Choice,

    /// <summary>Anything else: written as JSON, and not checked further.</summary>
    Json,
}

/// <summary>One field of a question. Name, title, description and choices are untrusted text.</summary>
public sealed record QuestionField(string Name, QuestionFieldKind Kind, string? Title, string? Description, bool Required)
{
    /// <summary>Of <see cref="QuestionFieldKind.Choice"/>: the values, each with its label.</summary>
    public IReadOnlyList<(string Value, string Label)> Choices { get; init; } = [];

    /// <summary>Asked for as a secret: not shown while it is typed.</summary>
    public bool Secret { get; init; }

    /// <summary>What the schema proposes, or null.</summary>
    public JsonNode? Default { get; init; }

    /// <summary>Of a text, in code points; of a number, its value.</summary>
    public double? Least { get; init; }

    /// <inheritdoc cref="Least"/>
    public double? Most { get; init; }

    /// <returns>What is wrong with a value, in words; null when nothing is.</returns>
    public string? Check(JsonNode? value) => Kind switch
    {
        QuestionFieldKind.Text => Text(value) is { } text ? Within(text.EnumerateRunes().Count(), "characters") : $"'{Name}' must be text.",
        QuestionFieldKind.Number => Number(value) is { } number ? Within(number, null) : $"'{Name}' must be a number.",
        QuestionFieldKind.WholeNumber => Number(value) is { } number && Math.Floor(number) == number ? Within(number, null) : $"'{Name}' must be a whole number.",
        QuestionFieldKind.Boolean => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? null : $"'{Name}' must be true or false.",
        QuestionFieldKind.Choice => Text(value) is { } one && Choices.Any(c => c.Value == one) ? null : $"'{Name}' must be one of its choices.",
        _ => null,
    };

    private string? Within(double amount, string? unit)
    {
        if (amount < Least) return unit is null ? $"'{Name}' must be at least {Least}." : $"'{Name}' needs at least {Least} {unit}.";
        if (amount > Most) return unit is null ? $"'{Name}' must be at most {Most}." : $"'{Name}' may have at most {Most} {unit}.";
        return null;
    }

    private static string? Text(JsonNode? value) => value is JsonValue one && one.TryGetValue(out string? text) ? text : null;

    private static double? Number(JsonNode? value) =>
        value?.GetValueKind() == JsonValueKind.Number && double.TryParse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}
