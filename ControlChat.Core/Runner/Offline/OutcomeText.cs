using System.Text;
using System.Text.Json;
using ControlChat.Core.Gate;

namespace ControlChat.Core.Runner.Offline;

/// <summary>Says what became of a call. Text from outside is only shown, never read as an order.</summary>
internal static class OutcomeText
{
    private const string UndoOffer = " Undo is offered on the receipt.";

    public static string Render(IEnumerable<OutcomeView> outcomes) => string.Join("\n\n", outcomes.Select(Render));

    private static string Render(OutcomeView outcome) => outcome.Status switch
    {
        "completed" when outcome.Tool == "plan.batch" => Batch(outcome),
        "completed" when outcome.Tool == "ui_action" => UiAction(outcome),
        "completed" when outcome.HasPlan => Done(outcome),
        "completed" => OutcomeTables.Render(outcome),
        "planned" => $"This would happen: {MarkdownText.Escape(outcome.Summary)} Nothing was changed.",
        "confirmation_required" => $"A plan waits for a person: {MarkdownText.Escape(outcome.Summary)} Approve or decline it on its card.",
        "partial" => Batch(outcome),
        var status => Refused(outcome, status),
    };

    private static string Done(OutcomeView outcome)
    {
        if (outcome.Effects.Count == 0) return "Nothing had to change.";
        return Sentence(outcome) + (outcome.CanUndo ? UndoOffer : "");
    }

    private static string Sentence(OutcomeView outcome)
    {
        var title = Effect(outcome, "title");
        return outcome.Tool switch
        {
            "workspace.rename" when title is { } t => $"Renamed {Side(t, "before")} to {Side(t, "after")}.",
            "workspace.create" when title is { } t => $"Created {Side(t, "after")}.",
            "workspace.tag" when Effect(outcome, "tags") is { } tags => $"Tags are now: {Tags(tags)}.",
            _ when outcome.Summary is { } summary => Ended(MarkdownText.Escape(PastTense.Of(summary))),
            _ => "Done.",
        };
    }

    private static JsonElement? Effect(OutcomeView outcome, string field)
    {
        foreach (var effect in outcome.Effects)
            if (OutcomeView.Text(effect, "field") == field) return effect;
        return null;
    }

    private static string Side(JsonElement effect, string side) => MarkdownText.Quote(OutcomeView.Text(effect, side));

    private static string Tags(JsonElement effect) => OutcomeView.Cell(OutcomeView.Part(effect, "after")) is { Length: > 0 } tags ? tags : "none";

    private static string Ended(string sentence) => sentence.EndsWith('.') ? sentence : sentence + ".";

    private static string UiAction(OutcomeView outcome) => OutcomeView.Text(outcome.Result, "result") switch
    {
        "refused" => "The browser refused it.",
        "no_browser" => "No browser of yours is open in this conversation.",
        "timeout" => "The browser did not answer.",
        _ => "Shown in your browser.",
    };

    private static string Batch(OutcomeView outcome)
    {
        var steps = OutcomeView.Items(outcome.Result, "steps");
        if (steps.Count == 0) return outcome.Status == "completed" ? Done(outcome) : Refused(outcome, outcome.Status);
        var (done, left) = (steps.Count(s => OutcomeView.Text(s, "status") == "completed"), steps.Count(s => OutcomeView.Text(s, "status") == "vetoed"));
        var text = new StringBuilder($"{done} of {steps.Count - left} steps done.").Append(left > 0 ? $" {left} left out." : "").Append(outcome.CanUndo ? UndoOffer : "")
            .Append("\n\n| # | Step | State |\n| --- | --- | --- |\n");
        for (var i = 0; i < steps.Count; i++)
            text.Append("| ").Append(i + 1).Append(" | ").Append(Step(steps[i])).Append(" | ").Append(State(steps[i])).Append(" |\n");
        if (outcome.ErrorMessage is { } error) text.Append('\n').Append(MarkdownText.Escape(error)).Append(" What was done stays done; the rest was not started.");
        return text.ToString().TrimEnd();
    }

    private static string Step(JsonElement step) =>
        MarkdownText.Escape(OutcomeView.Text(step, "tool")) + (About(step) is { } about ? " " + MarkdownText.Quote(about) : "");

    // The plan of an undo says what moves by its id alone; the result shows it with its title.
    private static string? About(JsonElement step) => OutcomeView.Text(step, "about") ?? OutcomeView.Text(OutcomeView.Part(OutcomeView.Part(step, "result"), "workspace"), "title");

    private static string State(JsonElement step) => OutcomeView.Text(step, "status") switch
    {
        "vetoed" => "left out",
        var status => MarkdownText.Escape(status?.Replace('_', ' ')),
    };

    private static string Refused(OutcomeView outcome, string status)
    {
        var fact = outcome.ErrorMessage is { } message ? Ended(MarkdownText.Escape(message)) : Fact(status);
        var reference = outcome.ErrorReference is { } found ? $" Reference {MarkdownText.Escape(found)}." : "";
        return (fact + reference + " " + Next(status, outcome.ErrorCode)).TrimEnd();
    }

    private static string Fact(string status) => status switch
    {
        "declined" => "The plan was declined, so nothing was changed.",
        "expired" => "Nobody decided in time, so nothing was changed.",
        "cancelled" => "The plan was cancelled, so nothing was changed.",
        "plan_stale" => "Something the plan rests on has changed, so nothing was done.",
        "frozen" => "A freeze stops this, so nothing was done.",
        "denied" => "You may not do this.",
        "not_found" => "There is no such thing that you can see.",
        "not_supported" => "This hub does not have this tool.",
        _ => "That did not work, and nothing was changed.",
    };

    private static string Next(string status, string? code) => status switch
    {
        "invalid" when code == "ambiguous" => "Ask again with one of the ids.",
        "invalid" => "Change it and ask again.",
        "not_found" => "`/workspaces` lists what there is.",
        "not_supported" => "`/help` lists what this hub can do.",
        "conflict" => "Look at its present state, then ask again.",
        "plan_stale" => "A fresh plan shows the difference; decide that one.",
        "declined" => "Ask again when you want it after all.",
        "expired" => "Make a fresh plan from its card, or ask again.",
        "frozen" => "An admin can lift the freeze; then ask again.",
        "rate_limited" => "Decide or decline what waits, then ask again in a minute.",
        "unavailable" or "in_progress" => "Ask again in a moment.",
        "failed" => "The logs have the details.",
        _ => "",
    };
}
