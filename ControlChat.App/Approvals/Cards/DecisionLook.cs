using ControlChat.App.Ui;
using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals.Cards;

/// <summary>How an approval that is not open any more is told: icon, headline, and what that means.</summary>
/// <param name="Lines">Short sentences; text of others in them is shown with its marks.</param>
public sealed record DecisionLook(string Icon, string Tone, string Title, IReadOnlyList<string> Lines)
{
    private static string Unchanged => Texts.NothingChanged;

    public static DecisionLook Of(CardView view, ReaderClock clock) => view switch
    {
        { Phase: CardPhase.Frozen frozen } => Frozen(view, frozen.Freezes, clock),
        { Subject: not null } => AgentLook.Of(view, clock),
        _ => OfPlan(view, clock),
    };

    private static DecisionLook OfPlan(CardView view, ReaderClock clock)
    {
        var (approval, at) = (view.Approval, view.Approval.DecidedAt is { } time ? clock.Clock(time) : "");
        return view.Phase switch
        {
            CardPhase.Sent => new("clock", "accent", Texts.CheckingNothingMoved, []),
            CardPhase.Applying { Of: > 1 } run => new("clock", "accent", Texts.ApplyingStep.With(run.Step, run.Of), [Texts.MayClosePage]),
            CardPhase.Applying => new("clock", "accent", Texts.Applying, [Texts.MayClosePage]),
            CardPhase.Stopped stopped => Stopped(stopped.Outcome),
            CardPhase.Failed failed => new("warn", "danger", Texts.ApprovedNotDone.With(Capital(view.Decider)), [failed.Outcome.Error?.Message ?? Texts.ActionFailed, Unchanged]),
            CardPhase.SecondPerson => new("people", "accent", Texts.AnotherMustApprove, [approval.WhyNot is { } why && approval.RequestedBy.AccountId != view.ReaderId ? why : Texts.AnotherMustApproveText.With(approval.RequestedBy.Name, approval.RequestedBy.Name)]),
            CardPhase.Declined => new("close", "off", Texts.DeclinedByAt.With(view.Decider, at), [.. Reason(approval), Unchanged]),
            CardPhase.Expired => new("clock", "off", Texts.ExpiredWithoutDecision.With(clock.Clock(approval.ExpiresAt)), [Texts.NobodyDeclined.With(Unchanged)]),
            CardPhase.Elsewhere => Elsewhere(view, at, clock),
            CardPhase.Later => new("clock", "off", Texts.PutOffUntil.With(clock.Clock(approval.ExpiresAt)), []),
            CardPhase.Cancelled => new("close", "off", Texts.CancelledBeforeDecision.With(at.Length > 0 ? Texts.AtTime.With(at) : ""), [.. Reason(approval), Unchanged]),
            _ => new("shield", "", approval.Plan?.Summary ?? Texts.ADecision, []),
        };
    }

    private static DecisionLook Stopped(Outcome outcome)
    {
        var steps = RestOfSteps.Statuses(outcome);
        var (done, all) = (steps.Count(s => s == "completed"), steps.Count(s => s != "vetoed"));
        var broke = steps.ToList().FindIndex(s => s is "failed" or "stale");
        List<string> lines = [Texts.StepFailed.With(broke + 1, outcome.Error?.Message ?? Texts.ItFailed)];
        if (done > 0) lines.Add(done == 1 ? Texts.OneStepDone : Texts.ManyStepsDone.With(done));
        var left = steps.Count(s => s == "not_run");
        if (left > 0) lines.Add(left == 1 ? Texts.OneNotTried : Texts.ManyNotTried.With(left));
        return new DecisionLook("warn", "danger", Texts.StoppedAfter.With(done, all), lines);
    }

    private static DecisionLook Elsewhere(CardView view, string at, ReaderClock clock)
    {
        var approval = view.Approval;
        var did = approval.Status == "declined" ? Texts.WordDeclined : Texts.WordApproved;
        var who = view.DecidedByReader ? Texts.YouElsewhere.With(did) : $"{view.Decider} {did}";
        var lines = approval.Status == "declined" ? [at, .. Reason(approval), Unchanged]
            : approval.Outcome switch
            {
                null => new List<string> { at, Texts.BeingApplied },
                { Status: "completed" } => [Texts.AppliedAsApproved.With(clock.Seconds(approval.DecidedAt!.Value)), Texts.NothingLeftHere],
                { Status: "partial" } partial => [at, .. Stopped(partial).Lines],
                { } failed => [at, failed.Error?.Message ?? Texts.ActionFailed, Unchanged],
            };
        return new DecisionLook(approval.Status == "declined" ? "close" : "ok", "off", Texts.DecidedElsewhere.With(who), lines);
    }

    private static DecisionLook Frozen(CardView view, IReadOnlyList<Freeze> freezes, ReaderClock clock)
    {
        var first = freezes[0];
        var what = first.Scope switch
        {
            "hub" => Texts.FrozenHub,
            "tool" => Texts.FrozenTool.With(first.Target),
            "agent" when view.Subject is not null => Texts.FrozenAgents,
            "workspace" when view.Subject is not null => Texts.FrozenWorkspace,
            _ => Texts.FrozenChanges,
        };
        return new DecisionLook("frozen", "warn", Texts.Frozen.With(what), [Texts.FrozenBy.With(view.Names.Person(first.SetBy), clock.Clock(first.SetAt), first.Reason), view.Subject is null ? Texts.PlanKept : Texts.RequestKept]);
    }

    private static IEnumerable<string> Reason(Approval approval) => approval.Reason is { Length: > 0 } reason ? [Texts.Reason.With(reason)] : [];

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
