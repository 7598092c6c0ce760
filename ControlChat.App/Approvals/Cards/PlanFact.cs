using ControlChat.App.Ui;
using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Policies;

namespace ControlChat.App.Approvals.Cards;

/// <summary>One of the four facts that stand on every plan card.</summary>
/// <param name="Tone">"ok", "warn" or empty.</param>
public sealed record PlanFact(string Icon, string Tone, string Title, string Text)
{
    private static readonly string[] WorkspaceParts = ["title", "tags", "state"];

    /// <param name="ruleNote">What is noted at the rule by which it asks.</param>
    /// <param name="leftOut">Steps that are not to be done.</param>
    public static IReadOnlyList<PlanFact> Of(Plan plan, Requester by, string readerId, string? ruleNote = null, IReadOnlySet<int>? leftOut = null) => [Kept(plan), WayBack(plan), Price(plan, leftOut ?? new HashSet<int>()), Who(plan, by, readerId, ruleNote)];

    private static PlanFact Kept(Plan plan)
    {
        var text = Texts.KeptNotInTable;
        if (plan.Effects.Count > 0 && plan.Effects.All(e => e.Op == "update" && e.Resource.StartsWith("workspace/", StringComparison.Ordinal)))
        {
            var touched = plan.Effects.Select(e => e.Field).ToHashSet();
            var files = touched.Contains("purge_at") ? Texts.KeptFilesUntilPurge : Texts.Files;
            text = Texts.KeptWorkspace.With(files, string.Join(", ", WorkspaceParts.Where(p => !touched.Contains(p))), text);
        }
        else if (plan.Effects.Count > 0 && plan.Effects.All(e => e.Resource.StartsWith("pin/", StringComparison.Ordinal)))
        {
            text = Texts.KeptPin;
        }
        else if (plan.Effects.Count > 0 && plan.Effects.All(e => e.Resource.StartsWith("member/", StringComparison.Ordinal)))
        {
            text = Texts.KeptMember.With(text);
        }
        else if (plan.Effects.Any(e => e.Op == "external" && e.Resource.StartsWith("sync/", StringComparison.Ordinal)))
        {
            // The table names the first files only.
            text = Texts.KeptSync;
        }
        return new PlanFact("lock", "", Texts.WillNotChange, text);
    }

    private static PlanFact WayBack(Plan plan)
    {
        var without = (plan.Steps ?? []).Select((s, i) => (Step: s, Number: i + 1)).Where(s => s.Step.Effects.Count > 0 && s.Step.Compensation is null).ToList();
        if (plan.Compensation is not null) return new PlanFact("undo", "ok", Texts.ReversibleYes, Texts.WayBackShown);
        if (!plan.Reversible && plan.Steps is null) return new PlanFact("warn", "warn", Texts.ReversibleNo, Texts.CannotBeUndone);
        if (without.Count == 0) return new PlanFact("warn", "warn", Texts.ReversibleNo, Texts.NoWayBack);
        var named = string.Join(", ", without.Select(s => Texts.StepOfTool.With(s.Number, s.Step.Tool)));
        return without.Count == plan.Steps!.Count
            ? new PlanFact("warn", "warn", Texts.ReversibleNo, Texts.NoStepUndone)
            : new PlanFact("warn", "warn", Texts.ReversiblePartly.With(without.Count == 1 ? Texts.WithOneException : Texts.WithExceptions.With(without.Count)),
                Texts.WithoutWayBack.With(named));
    }

    private static PlanFact Price(Plan plan, IReadOnlySet<int> leftOut)
    {
        var text = PlanWords.CostOf(plan, leftOut) is { } cost ? $"{PlanWords.Money(cost)}." : Texts.CostNothing;
        return new PlanFact("cost", "", Texts.Cost, CostCap.Of(plan) is { } cap ? $"{text} {Texts.CostAtMost.With(PlanWords.Money(cap))}" : text);
    }

    private static PlanFact Who(Plan plan, Requester by, string readerId, string? ruleNote)
    {
        var own = by.AccountId == readerId;
        var text = plan.Decision switch
        {
            "second_person" => own ? Texts.ApproveAnotherAdmin : Texts.ApproveAdminOtherThan.With(by.Name),
            "confirm_recent" => own ? Texts.ApproveYouFresh : Texts.ApproveOtherFresh.With(by.Name),
            _ => own ? Texts.ApproveYou : Texts.ApproveOther.With(by.Name),
        };
        return new PlanFact("shield", "", Texts.WhoMayApprove, Why(plan, ruleNote) is { } why ? $"{text} {why}" : text);
    }

    // What asks because of what it does says so in its scopes and its table; a rule is nowhere else to be seen.
    private static string? Why(Plan plan, string? ruleNote) => PolicyReason.Of(plan) switch
    {
        { Kind: "rule" } rule => ruleNote is null ? Texts.AskedByRule.With(rule.Version) : Texts.AskedByRuleNoted.With(rule.Version, ruleNote),
        { Kind: "operator_tool" or "operator_scope" } set => Texts.AskedByOperator.With(set.Name),
        _ => null,
    };
}
