using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ControlChat.Core.Gate.Grants;

/// <summary>Bounds one id among a tool's resolved arguments. Ids are compared byte by byte.</summary>
/// <param name="Argument">Its name.</param>
/// <param name="Is"><c>equals|prefix|one_of</c>.</param>
/// <param name="Values">One, or for <c>one_of</c> 1 to 100.</param>
public sealed partial record GrantConstraint(string Argument, string Is, IReadOnlyList<string> Values)
{
    public const string Same = "equals";
    public const string Beginning = "prefix";
    public const string Among = "one_of";
    internal const int MostValues = 100;

    // An id is its kind, 12 characters of time and 20 of chance (Hub/Ids.cs). Two ids made in the same minute share their first 8.
    private const int OfTime = 12;
    private const int LeastOfChance = 8;

    internal bool Fits(string value) => Is == Beginning ? value.StartsWith(Values[0], StringComparison.Ordinal) : Values.Contains(value, StringComparer.Ordinal);

    /// <summary>Whether all it lets through is let through by the other.</summary>
    internal bool IsWithin(GrantConstraint other) => Argument == other.Argument && Is != Beginning && Values.All(other.Fits);

    /// <summary>What is wrong with it beside the plan's own value; null: nothing.</summary>
    internal string? Fault(string planned)
    {
        if (Is is not (Same or Beginning or Among)) return $"'is' of '{Argument}' must be one of equals, prefix, one_of.";
        if (Values.Count == 0 || Values.Count > (Is == Among ? MostValues : 1)) return Is == Among ? $"'{Argument}' needs 1 to {MostValues} values." : $"'{Argument}' needs exactly one value for '{Is}'.";
        if (Values.Any(v => string.IsNullOrEmpty(v))) return $"'{Argument}' has an empty value.";
        if (Values.Distinct(StringComparer.Ordinal).Count() != Values.Count) return $"'{Argument}' names an id twice.";
        if (Is == Beginning) return PrefixFault(planned);
        if (Values.FirstOrDefault(v => !IsLike(v, planned)) is { } stranger) return $"{Quoted(stranger)} is not an id such as '{planned}'. Ids are matched exactly; titles, other letter case and blanks are not.";
        return Fits(planned) ? null : $"'{Argument}' does not cover '{planned}', which the plan was for.";
    }

    private string? PrefixFault(string planned)
    {
        if (!Id().IsMatch(planned)) return $"'{planned}' is not an id with a beginning to go by. Use 'equals'.";
        var (prefix, least) = (Values[0], planned.IndexOf('_', StringComparison.Ordinal) + 1 + OfTime + LeastOfChance);
        if (!planned.StartsWith(prefix, StringComparison.Ordinal)) return $"'{Argument}' does not cover '{planned}', which the plan was for.";
        return prefix.Length >= least ? null
            : $"{Quoted(prefix)} is too short. An id begins with its kind and the time it was made, so a prefix needs the first {least} characters: {LeastOfChance} of those that are random.";
    }

    // Look-alikes are of another length, another case, or hold something that no id holds.
    private static bool IsLike(string value, string planned) => value == planned || (Id().IsMatch(value) && Id().IsMatch(planned) && Kind(value) == Kind(planned));

    private static string Kind(string id) => id[..id.IndexOf('_', StringComparison.Ordinal)];

    private static string Quoted(string text) => $"'{(text.Length <= 80 ? text : text[..80] + "…")}'";

    [GeneratedRegex(@"\A[a-z]{2,8}_[0-9a-f]{32}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Id();
}

/// <summary>The ids among arguments, by name.</summary>
internal static class GrantIds
{
    public static bool IsId(string argument) => argument is "id" or "account" || argument.EndsWith("_id", StringComparison.Ordinal);

    public static IReadOnlyDictionary<string, string> Of(JsonObject arguments) => arguments
        .Where(a => IsId(a.Key)).Select(a => (a.Key, Text: (a.Value as JsonValue)?.TryGetValue(out string? text) == true ? text : null))
        .Where(a => a.Text is not null).ToDictionary(a => a.Key, a => a.Text!, StringComparer.Ordinal);

    /// <summary>The arguments that are no ids and have a value.</summary>
    public static IReadOnlyList<string> Free(JsonObject arguments) => [.. arguments.Where(a => !IsId(a.Key) && a.Value is not (null or JsonArray { Count: 0 })).Select(a => a.Key)];

    /// <summary>Ids where no constraint reaches: in lists and in objects.</summary>
    public static bool AreHidden(JsonObject arguments) => arguments.Any(a => a.Key.EndsWith("_ids", StringComparison.Ordinal) || Holds(a.Value));

    private static bool Holds(JsonNode? node) => node switch
    {
        JsonObject o => o.Any(p => IsId(p.Key) || p.Key.EndsWith("_ids", StringComparison.Ordinal) || Holds(p.Value)),
        JsonArray a => a.Any(Holds),
        _ => false,
    };
}
