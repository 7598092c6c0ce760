using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

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
        var rest = stopped.Plan!.Steps!.Where((_, i) => i < statuses.Count && statuses[i] is not ("completed" or "vetoed"))
            .Select(s => (JsonNode)new JsonObject { ["tool"] = s.Tool, ["arguments"] = s.Arguments.DeepClone() });
        var arguments = JsonSerializer.SerializeToElement(new JsonObject { ["steps"] = new JsonArray([.. rest]) }, Json.Wire);
        // The steps are those of the stopped plan, not typed by whoever clicks: what was tainted stays so and asks again.
        var origin = new CallOrigin("ui", Tainted: stopped.Plan.Tainted);
        return gate.InvokeAsync(reader, new ToolCall("plan.batch", $"ui-rest-{Guid.CreateVersion7():n}", arguments, origin), cancellationToken);
    }
}
