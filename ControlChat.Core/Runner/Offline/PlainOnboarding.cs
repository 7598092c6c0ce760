using System.Globalization;
using System.Text.RegularExpressions;
using ControlChat.Core.Tools.Onboarding;
using ControlChat.Core.Workspaces.Hosts;

namespace ControlChat.Core.Runner.Offline;

/// <summary>
/// "Onboard these people into Billing as viewer:" with the people behind the colon: addresses on the same line, or a table below it.
/// The one sentence that a pasted block may follow: the order stands before the colon alone, and every row behind it must be a person.
/// </summary>
internal sealed partial class PlainOnboarding
{
    private static readonly string[] Numbers =
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"];

    private readonly Regex _head = Grammar.Opening(
        $"(?:onboard|invite) (?:these|the following)(?: (?<n>[1-9][0-9]?|{string.Join('|', Numbers)}))? (?:people|persons|students|pupils|colleagues|guests|participants|users|teachers)"
        + "(?: (?:in)?to (?:the )?(?:workspace )?{x}(?: as (?:an? )?(?<role>viewer|collaborator|owner))?"
        + "| with (?:a|(?:their|an) own) workspace(?<host> and (?:a|(?:their|an) own) (?:(?<size>small|medium|large) )?host)? each(?: as (?:an? )?(?<own>viewer|collaborator|owner))?)"
        + "(?:, at most (?<cap>[€$£]? ?[0-9]{1,9}(?:[.,][0-9]{1,4})?(?: ?[a-z]{3}| ?[€$£])?) (?:an?|per) (?<per>hour|day|month))?");

    /// <summary>Null when the text is no such sentence.</summary>
    public Move? Match(string text)
    {
        if (_head.Match(text) is not { Success: true } match) return null;
        var (people, lines) = (text[match.Length..].Trim(' '), text.Contains('\n', StringComparison.Ordinal));
        // An address may have any word in it, such as will@example.org.
        if (Guards.Forbids(lines ? match.Value : match.Value + Addresses().Replace(people, ""))) return null;
        if (Order(match) is not { } order) return null;
        return OnboardMove.Of(lines ? FirstLineBreak(people) : OnOneLine(people), order, Said(match));
    }

    private static OnboardingOrder? Order(Match match)
    {
        var each = !match.Groups["x"].Success;
        if (!each && Grammar.Title(match, "x") is null) return null;
        var role = match.Groups["role"].Value + match.Groups["own"].Value;
        var order = new OnboardingOrder(each ? null : Grammar.Title(match, "x"), role.Length > 0 ? role.ToLowerInvariant() : OnboardingOrder.UsualRole(each));
        if (match.Groups["host"].Success) order = order with { Host = match.Groups["size"].Success ? match.Groups["size"].Value.ToLowerInvariant() : HostSize.Small };
        if (!match.Groups["cap"].Success) return order;
        return OnboardMove.Cap(match.Groups["cap"].Value, match.Groups["per"].Value.ToLowerInvariant()) is { } cap ? order with { Cap = cap } : null;
    }

    private static int? Said(Match match) => match.Groups["n"].Value switch
    {
        "" => null,
        var digits when int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        var word => Array.IndexOf(Numbers, word.ToLowerInvariant()) + 2,
    };

    // A table begins on the line below the sentence: its rows are counted from there.
    private static string FirstLineBreak(string people) => people.StartsWith("\r\n", StringComparison.Ordinal) ? people[2..] : people.StartsWith('\n') ? people[1..] : people;

    // One address each: a row that is none is refused, so that nobody is lost.
    private static string OnOneLine(string people)
    {
        var rest = people.EndsWith('.') ? people[..^1] : people;
        if (rest.EndsWith(" please", StringComparison.OrdinalIgnoreCase)) rest = rest[..^" please".Length];
        return string.Join('\n', rest.Split([",", ";", " and "], StringSplitOptions.TrimEntries).Select(p => p.Length == 0 ? "-" : p));
    }

    [GeneratedRegex(@"[^\s@]+@[^\s@]+", RegexOptions.CultureInvariant)]
    private static partial Regex Addresses();
}
