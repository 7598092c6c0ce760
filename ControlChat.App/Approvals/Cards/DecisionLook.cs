using ControlChat.App.Ui;
using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals.Cards;

/// <summary>How an approval that is not open any more is told: icon, headline, and what that means.</summary>
/// <param name="Lines">Short sentences; text of others in them is shown with its marks.</param>
public sealed record DecisionLook(string Icon, string Tone, string Title, IReadOnlyList<string> Lines)
{
    private const string Unchanged = "Nothing was changed.";

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
            CardPhase.Sent => new("clock", "accent", "Checking that nothing has moved", []),
            CardPhase.Applying { Of: > 1 } run => new("clock", "accent", $"Applying step {run.Step} of {run.Of}", ["You can close the page."]),
            CardPhase.Applying => new("clock", "accent", "Applying", ["You can close the page."]),
            CardPhase.Stopped stopped => Stopped(stopped.Outcome),
            CardPhase.Failed failed => new("warn", "danger", $"{Capital(view.Decider)} approved, but it was not done", [failed.Outcome.Error?.Message ?? "The action failed.", Unchanged]),
            CardPhase.SecondPerson => new("people", "accent", "Another person must approve", [$"Asked by {approval.RequestedBy.Name}. An admin other than {approval.RequestedBy.Name} can approve."]),
            CardPhase.Declined => new("close", "off", $"Declined by {view.Decider} at {at}", [.. Reason(approval), Unchanged]),
            CardPhase.Expired => new("clock", "off", $"Expired at {clock.Clock(approval.ExpiresAt)} without a decision", [$"Nobody declined it. {Unchanged}"]),
            CardPhase.Elsewhere => Elsewhere(view, at, clock),
            CardPhase.Later => new("clock", "off", $"Put off. It waits in Approvals until {clock.Clock(approval.ExpiresAt)}.", []),
            CardPhase.Cancelled => new("close", "off", $"Cancelled{(at.Length > 0 ? $" at {at}" : "")} before a decision", [.. Reason(approval), Unchanged]),
            _ => new("shield", "", approval.Plan?.Summary ?? "A decision", []),
        };
    }

    private static DecisionLook Stopped(Outcome outcome)
    {
        var steps = RestOfBatch.Statuses(outcome);
        var (done, all) = (steps.Count(s => s == "completed"), steps.Count(s => s != "vetoed"));
        var broke = steps.ToList().FindIndex(s => s is "failed" or "stale");
        List<string> lines = [$"Step {broke + 1}: {outcome.Error?.Message ?? "It failed."}"];
        if (done > 0) lines.Add(done == 1 ? "1 step is done." : $"{done} steps are done.");
        var left = steps.Count(s => s == "not_run");
        if (left > 0) lines.Add(left == 1 ? "1 was not tried." : $"{left} were not tried.");
        return new DecisionLook("warn", "danger", $"Stopped after {done} of {all} steps", lines);
    }

    private static DecisionLook Elsewhere(CardView view, string at, ReaderClock clock)
    {
        var approval = view.Approval;
        var did = approval.Status == "declined" ? "declined" : "approved";
        var who = view.DecidedByReader ? $"you {did} in another window" : $"{view.Decider} {did}";
        var lines = approval.Status == "declined" ? [at, .. Reason(approval), Unchanged]
            : approval.Outcome switch
            {
                null => new List<string> { at, "It is being applied." },
                { Status: "completed" } => [$"Applied {clock.Seconds(approval.DecidedAt!.Value)} exactly as approved.", "Nothing is left to do here."],
                { Status: "partial" } partial => [at, .. Stopped(partial).Lines],
                { } failed => [at, failed.Error?.Message ?? "The action failed.", Unchanged],
            };
        return new DecisionLook(approval.Status == "declined" ? "close" : "ok", "off", $"Decided elsewhere: {who}", lines);
    }

    private static DecisionLook Frozen(CardView view, IReadOnlyList<Freeze> freezes, ReaderClock clock)
    {
        var first = freezes[0];
        var what = first.Scope switch
        {
            "hub" => "every change is stopped",
            "tool" => $"{first.Target} is stopped",
            "agent" when view.Subject is not null => "workspace agents are stopped",
            "workspace" when view.Subject is not null => "everything in this workspace is stopped",
            _ => "changes of this workspace are stopped",
        };
        return new DecisionLook("frozen", "warn", $"Frozen: {what}", [$"By {view.Names.Person(first.SetBy)} at {clock.Clock(first.SetAt)}, “{first.Reason}”.", view.Subject is null ? "The plan is kept." : "The request is kept."]);
    }

    private static IEnumerable<string> Reason(Approval approval) => approval.Reason is { Length: > 0 } reason ? [$"Reason: {reason}"] : [];

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
