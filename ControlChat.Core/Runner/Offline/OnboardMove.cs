using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ControlChat.Core.Gate;
using ControlChat.Core.Tools.Onboarding;

namespace ControlChat.Core.Runner.Offline;

/// <summary>People of a table as one plan, for the command and the sentence alike. All rows must be readable, or nothing is done; what stands in them is never taken for an order.</summary>
internal static partial class OnboardMove
{
    private const int MostTold = 8;

    /// <param name="table">As it was typed or pasted.</param>
    /// <param name="said">How many people the sentence speaks of; null: it does not say.</param>
    public static Move Of(string table, OnboardingOrder order, int? said)
    {
        var people = PeopleReader.Read(table);
        // How long a title may be the gate knows.
        var plan = OnboardingPlan.Of(people, order, int.MaxValue);
        // What a column that is not used says, such as a role under another name, must not be missed: here nobody looks the rows over.
        if (plan.Arguments is not { } arguments || people.Notes.Count > 0) return new Move.Say(Told(plan, people.Notes));
        return said is { } number && number != plan.Rows.Count
            ? new Move.Say($"You wrote {number}, and the table has {plan.Rows.Count} people, so nothing was done. Look which of both is right, then send it again.")
            : Move.Of("plan.batch", arguments);
    }

    /// <summary>A cap as it is written: <c>2EUR</c>, <c>€ 0.50</c>; null when it is none.</summary>
    /// <param name="per"><c>hour|day|month</c>.</param>
    public static Cost? Cap(string text, string per)
    {
        if (Money().Match(text.Trim()) is not { Success: true } match) return null;
        var sign = (match.Groups["before"].Value + match.Groups["after"].Value).ToUpperInvariant();
        var currency = sign switch { "€" => "EUR", "$" => "USD", "£" => "GBP", _ => sign };
        return currency.Length == 3 && Cost.ReadAmount(match.Groups["amount"].Value.Replace(',', '.')) is { } amount ? new Cost(amount, currency, per) : null;
    }

    private static string Told(OnboardingPlan plan, IReadOnlyList<string> notes)
    {
        var faults = plan.Faults.Concat(notes.Select(n => n + " Take out what is not used, or give it one of these names.")).Concat(plan.Rows.SelectMany(r => r.Faults.Select(f => string.Create(CultureInfo.InvariantCulture, $"Row {r.Number}: {f}")))).ToList();
        var text = new StringBuilder("The table could not be read as a whole, so nothing was done.\n");
        foreach (var fault in faults.Take(MostTold)) text.Append("\n- ").Append(fault);
        if (faults.Count > MostTold) text.Append(CultureInfo.InvariantCulture, $"\n- and {faults.Count - MostTold} more.");
        return text.ToString();
    }

    [GeneratedRegex(@"\A(?<before>[€$£])? ?(?<amount>[0-9.,]+) ?(?<after>[A-Za-z]{3}|[€$£])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Money();
}
