using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals.Cards;

/// <summary>One of the four facts that stand on every plan card.</summary>
/// <param name="Tone">"ok", "warn" or empty.</param>
public sealed record PlanFact(string Icon, string Tone, string Title, string Text)
{
    private static readonly string[] WorkspaceParts = ["title", "tags", "state"];

    public static IReadOnlyList<PlanFact> Of(Plan plan, Requester by, string readerId) => [Kept(plan), WayBack(plan), Price(plan), Who(plan, by, readerId)];

    private static PlanFact Kept(Plan plan)
    {
        var text = "Everything that is not in the table.";
        if (plan.Effects.Count > 0 && plan.Effects.All(e => e.Op == "update" && e.Resource.StartsWith("workspace/", StringComparison.Ordinal)))
        {
            var touched = plan.Effects.Select(e => e.Field).ToHashSet();
            var files = touched.Contains("purge_at") ? "Files until the day of the purge" : "Files";
            text = $"{files}, people and their roles, {string.Join(", ", WorkspaceParts.Where(p => !touched.Contains(p)))}. {text}";
        }
        else if (plan.Effects.Count > 0 && plan.Effects.All(e => e.Resource.StartsWith("pin/", StringComparison.Ordinal)))
        {
            text = "The workspace itself, and what others see of it.";
        }
        else if (plan.Effects.Count > 0 && plan.Effects.All(e => e.Resource.StartsWith("member/", StringComparison.Ordinal)))
        {
            text = $"Files, and what everyone else may do. {text}";
        }
        else if (plan.Effects.Any(e => e.Op == "external" && e.Resource.StartsWith("sync/", StringComparison.Ordinal)))
        {
            // The table names the first files only.
            text = "The side the files come from, what is the same on both, and what the patterns leave out.";
        }
        return new PlanFact("lock", "", "Will not change", text);
    }

    private static PlanFact WayBack(Plan plan)
    {
        var without = (plan.Steps ?? []).Select((s, i) => (Step: s, Number: i + 1)).Where(s => s.Step.Effects.Count > 0 && s.Step.Compensation is null).ToList();
        if (plan.Compensation is not null) return new PlanFact("undo", "ok", "Reversible: yes", "Undo plans the way back and shows it first where that is needed.");
        if (!plan.Reversible && plan.Steps is null) return new PlanFact("warn", "warn", "Reversible: no", "This cannot be undone.");
        if (without.Count == 0) return new PlanFact("warn", "warn", "Reversible: no", "There is no way back for this action.");
        var named = string.Join(", ", without.Select(s => $"step {s.Number} ({s.Step.Tool})"));
        return without.Count == plan.Steps!.Count
            ? new PlanFact("warn", "warn", "Reversible: no", "None of the steps can be undone.")
            : new PlanFact("warn", "warn", $"Reversible: not as a whole, {(without.Count == 1 ? "with one exception" : $"with {without.Count} exceptions")}",
                $"Without a way back: {named}. The other steps can be taken back one by one.");
    }

    private static PlanFact Price(Plan plan) => new("cost", "", "Cost", plan.Cost is { } cost ? $"{PlanWords.Money(cost)}." : "Nothing.");

    private static PlanFact Who(Plan plan, Requester by, string readerId)
    {
        var own = by.AccountId == readerId;
        var text = plan.Decision switch
        {
            "second_person" => own ? "Another admin of this hub. You asked for it, so not you." : $"An admin other than {by.Name}, who asked for it.",
            "confirm_recent" => own ? "You, with a fresh sign-in, or an admin of this hub." : $"{by.Name} or an admin of this hub, with a fresh sign-in.",
            _ => own ? "You, or an admin of this hub." : $"{by.Name}, who asked for it, or an admin of this hub.",
        };
        return new PlanFact("shield", "", "Who may approve", text);
    }
}
