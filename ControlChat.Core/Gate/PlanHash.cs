using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>What a plan's hash covers, and what a person approves: contracts, section 3.</summary>
public static class PlanHash
{
    /// <summary>The hashed object of a plan.</summary>
    public static JsonObject Canonical(Plan plan)
    {
        var body = Body(plan.Tool, plan.ToolHash, plan.Arguments, plan.Effects, plan.ReadSet, plan.Scope, plan.Cost, plan.Reversible, plan.Compensation);
        body["steps"] = plan.Steps is null ? null : new JsonArray([.. plan.Steps.Select(s => (JsonNode)StepBody(s))]);
        body["v"] = 1;
        return body;
    }

    /// <summary>Lower-case hex SHA-256 of <see cref="Canonical"/>.</summary>
    public static string Of(Plan plan) => CanonicalJson.Hash(Canonical(plan));

    private static JsonObject StepBody(PlanStep s)
    {
        var body = Body(s.Tool, s.ToolHash, s.Arguments, s.Effects, s.ReadSet, s.Scope, s.Cost, s.Reversible, s.Compensation);
        body["steps"] = null;
        return body;
    }

    private static JsonObject Body(
        string tool, string toolHash, JsonObject arguments, IReadOnlyList<Effect> effects, IReadOnlyList<ReadVersion> readSet,
        ToolScope scope, Cost? cost, bool reversible, Compensation? compensation) => new()
        {
            ["tool"] = tool,
            ["tool_hash"] = toolHash,
            ["arguments"] = arguments.DeepClone(),
            ["effects"] = JsonSerializer.SerializeToNode(effects, Json.Wire),
            ["read_set"] = JsonSerializer.SerializeToNode(readSet.OrderBy(r => r.Resource, StringComparer.Ordinal), Json.Wire),
            ["scope"] = scope.Wire(),
            ["cost"] = JsonSerializer.SerializeToNode(cost, Json.Wire),
            ["reversible"] = reversible,
            ["compensation"] = JsonSerializer.SerializeToNode(compensation, Json.Wire),
        };
}
