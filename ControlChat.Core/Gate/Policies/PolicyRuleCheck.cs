using System.Text;
using System.Text.Json;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Gate.Policies;

/// <summary>Whether rules say something that can hold, in words that say which rule and why not.</summary>
internal sealed class PolicyRuleCheck(IToolCatalog catalog)
{
    public const int MostRules = 100;
    public const int MostNote = 200;
    private const int MostValues = 20;
    private const int MostValue = 200;

    /// <summary>The tools a rule may name, by name, with the arguments that are text.</summary>
    public IReadOnlyList<PolicyTool> Tools =>
        [.. catalog.Offered.OfType<IWriteTool>().Select(t => new PolicyTool(t.Definition.Name, ArgumentsOf(t.Definition.InputSchema))).OrderBy(t => t.Name, StringComparer.Ordinal)];

    /// <returns>The rules as they are kept, or what is wrong with them, a sentence for each fault.</returns>
    public (IReadOnlyList<PolicyRule> Rules, IReadOnlyList<string> Faults) Check(IReadOnlyList<PolicyRule> rules)
    {
        if (rules.Count > MostRules) return ([], [$"There are {rules.Count} rules. A policy has at most {MostRules}: put some together with 'one of'."]);
        var faults = new List<string>();
        var kept = new List<PolicyRule>();
        foreach (var (rule, number) in rules.Select((rule, i) => (rule, i + 1)))
        {
            faults.AddRange(FaultsOf(rule).Select(fault => $"Rule {number}: {fault}"));
            if (kept.FindIndex(other => other.SaysTheSame(rule)) is >= 0 and var same) faults.Add($"Rule {number} says the same as rule {same + 1}. Remove one of them.");
            kept.Add(rule with { Id = kept.Any(k => k.Id == rule.Id) || !IsId(rule.Id) ? Ids.New("rul") : rule.Id, Note = rule.Note.Trim() });
        }
        return (kept, faults);
    }

    private IEnumerable<string> FaultsOf(PolicyRule rule)
    {
        if (!Strictness.Asking.Contains(rule.Decision)) yield return $"'{Shown(rule.Decision)}' is no decision. Use {string.Join(", ", Strictness.Asking)}.";
        if (rule.Scope is not (null or "write" or "billing" or "destructive")) yield return $"'{Shown(rule.Scope)}' is no scope. Use write, billing or destructive.";
        if (rule.Role is not (null or "admin" or "member")) yield return $"'{Shown(rule.Role)}' is no role. Use admin or member. There are no groups.";
        if (Length(rule.Note) > MostNote) yield return $"The note has more than {MostNote} characters.";
        if (rule.Note.Any(char.IsControl) || NameWarnings.For("note", rule.Note).Count > 0) yield return "The note holds characters that cannot be seen or only look like others. Write it anew.";
        var tool = rule.Tool is null ? null : catalog.Find(rule.Tool) as IWriteTool;
        if (rule.Tool is not null && tool is null)
            yield return catalog.Find(rule.Tool) is null ? $"There is no tool '{Shown(rule.Tool)}'." : $"{rule.Tool} only reads, and reading asks nobody.";
        if (rule.Argument is { } condition && (rule.Tool is null || tool is not null))
        {
            foreach (var fault in FaultsOf(condition, tool)) yield return fault;
        }
    }

    private IEnumerable<string> FaultsOf(ArgumentCondition condition, IWriteTool? tool)
    {
        var known = tool is null ? Tools.SelectMany(t => t.Arguments) : ArgumentsOf(tool.Definition.InputSchema);
        if (!known.Contains(condition.Argument, StringComparer.Ordinal))
        {
            yield return tool is null ? $"No tool has a text argument '{Shown(condition.Argument)}'."
                : $"{tool.Definition.Name} has no text argument '{Shown(condition.Argument)}'. It has {(known.Any() ? string.Join(", ", known) : "none")}.";
        }
        if (condition.Is is not ("equals" or "prefix" or "one_of")) yield return $"'{Shown(condition.Is)}' is no comparison. Use equals, prefix or one_of.";
        if (condition.Values.Count == 0 || condition.Values.Any(string.IsNullOrWhiteSpace)) yield return $"A value of '{Shown(condition.Argument)}' is empty.";
        if (condition.Is == "one_of" ? condition.Values.Count > MostValues : condition.Values.Count > 1)
            yield return condition.Is == "one_of" ? $"'{Shown(condition.Argument)}' has more than {MostValues} values." : $"'{Shown(condition.Argument)}' takes one value. Use one_of for more.";
        foreach (var value in condition.Values)
        {
            if (FaultOf(value) is { } fault) yield return $"The value '{NameWarnings.Marked(Shown(value))}' of '{Shown(condition.Argument)}' {fault}";
        }
        if (condition.Values.Select(Looks).Distinct(StringComparer.Ordinal).Count() < condition.Values.Count)
            yield return $"Two values of '{Shown(condition.Argument)}' look alike. Keep the one that is meant.";
    }

    private static string? FaultOf(string value) => value switch
    {
        _ when Length(value) > MostValue => $"has more than {MostValue} characters.",
        _ when value != value.Trim() => "begins or ends with a space.",
        _ when value.Any(char.IsControl) || NameWarnings.For("value", value).Count > 0 || value.Contains('�', StringComparison.Ordinal) => "holds characters that cannot be seen or only look like others.",
        _ when !value.IsNormalized(NormalizationForm.FormC) || !value.IsNormalized(NormalizationForm.FormKC) => "has another form of letters than it seems. Type it anew.",
        _ => null,
    };

    private static IReadOnlyList<string> ArgumentsOf(JsonElement schema) =>
        schema.TryGetProperty("properties", out var properties) ? [.. properties.EnumerateObject().Where(p => IsText(p.Value)).Select(p => p.Name)] : [];

    private static bool IsText(JsonElement property) => property.TryGetProperty("type", out var type)
        && (type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Any(t => t.GetString() == "string") : type.GetString() == "string");

    private static bool IsId(string id) => id.Length == 36 && id.StartsWith("rul_", StringComparison.Ordinal) && id[4..].All(char.IsAsciiHexDigitLower);

    // As an eye that is in a hurry sees it.
    private static string Looks(string value) => value.Trim().Normalize(NormalizationForm.FormKC).ToLowerInvariant().Replace('0', 'o').Replace('1', 'l').Replace('i', 'l');

    private static int Length(string text) => text.EnumerateRunes().Count();

    private static string Shown(string text) => text.Length <= 60 ? text : text[..60] + "…";
}

/// <summary>A tool that a rule may name.</summary>
/// <param name="Arguments">Its top-level arguments that are text.</param>
public sealed record PolicyTool(string Name, IReadOnlyList<string> Arguments);
