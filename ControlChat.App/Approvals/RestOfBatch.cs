using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Tools.Actions;

namespace ControlChat.App.Approvals;

/// <summary>The steps of a stopped batch: how far it came, and a new plan for those that were not done.</summary>
internal static class RestOfBatch
{
    /// <summary>The statuses in order: <c>completed|vetoed|stale|failed|not_run</c>.</summary>
    public static IReadOnlyList<string> Statuses(Outcome outcome) =>
        outcome.Result?["steps"] is JsonArray steps ? [.. steps.Select(s => s!["status"]!.GetValue<string>())] : [];

    public static Task<Outcome> PlanAsync(IToolGate gate, Principal reader, Outcome stopped, CancellationToken cancellationToken)
    {
        var statuses = Statuses(stopped);
        var plan = stopped.Plan!;
        var rest = new JsonObject { ["steps"] = RestOfSteps.Of(plan.Steps!, i => i < statuses.Count && statuses[i] is not ("completed" or "vetoed")) };
        // What was done has used its part of the cap up.
        if (CostCap.Of(plan) is { } cap)
            rest["cost_cap"] = JsonSerializer.SerializeToNode(CostCap.Left(cap, plan.Steps!.Where((_, i) => i < statuses.Count && statuses[i] == "completed").Select(s => s.Cost).OfType<Cost>()), Json.Wire);
        var arguments = JsonSerializer.SerializeToElement(rest, Json.Wire);
        // The steps are those of the stopped plan, not typed by whoever clicks: what was tainted stays so and asks again.
        var origin = new CallOrigin("ui", Tainted: plan.Tainted);
        return gate.InvokeAsync(reader, new ToolCall("plan.batch", $"ui-rest-{Guid.CreateVersion7():n}", arguments, origin), cancellationToken);
    }
}
