using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.Core.Gate.Policies;

/// <summary>
/// What a decision was made on, as it stands in a plan and in <c>data.policy</c> of its rows: the facts that are not there already, what came of
/// them, and by which version. Tool, arguments and taint are the row's own.
/// </summary>
internal static class PolicyRecord
{
    /// <summary>Longer texts of a part are left out; nothing that looks at one is then said about the row.</summary>
    private const int MostText = 200;

    private const string Batch = "plan.batch";

    public static JsonObject Write(PolicyFacts facts, PolicyDecision decision, long version)
    {
        var record = new JsonObject { ["version"] = version, ["decision"] = decision.Decision, ["by"] = decision.By, ["scope"] = facts.Whole.Scope.Wire(), ["role"] = facts.Role };
        if (facts.Access) record["access"] = true;
        if (facts.Asks) record["asks"] = true;
        if (facts.ByToken) record["token"] = true;
        if (facts.Parts.Count == 0) return record;
        var cut = false;
        record["parts"] = new JsonArray([.. facts.Parts.Select((part, i) => Write(part, StepOf(facts.Whole, i), ref cut))]);
        if (cut) record["cut"] = true;
        return record;
    }

    /// <summary>By which version a plan was decided; 1 where it does not say.</summary>
    public static long VersionOf(JsonObject? record) => record?["version"]?.GetValue<long>() ?? 1;

    /// <param name="data">The row's <c>data</c>.</param>
    /// <returns>Null when the row does not say what its decision was made on.</returns>
    public static RecordedDecision? Read(string? tool, JsonObject data)
    {
        if (tool is null || data["policy"] is not JsonObject record || data["arguments"] is not JsonObject arguments) return null;
        if (Strictness.Text(record["decision"]) is not { } decision || ScopeOf(record["scope"]) is not { } scope || Strictness.Text(record["role"]) is not { } role) return null;
        var whole = new PlanPart(tool, scope, arguments);
        var parts = new List<PlanPart>();
        foreach (var (node, i) in (record["parts"] as JsonArray ?? []).Select((node, i) => (node, i)))
        {
            if (PartOf(node, StepOf(whole, i)) is not { } part) return null;
            parts.Add(part);
        }
        var facts = new PolicyFacts(whole, parts, Is(record, "access"), Is(record, "asks"), Is(data, "tainted"), role, Is(record, "token"));
        return new RecordedDecision(facts, new PolicyDecision(decision, Strictness.Text(record["by"]) ?? "default"), VersionOf(record), Is(record, "cut"));
    }

    // The steps of a batch stand in its arguments; of these only the scope is told.
    private static JsonNode Write(PlanPart part, PlanPart? step, ref bool cut)
    {
        if (step is not null && step.Tool == part.Tool && JsonNode.DeepEquals(step.Arguments, part.Arguments)) return part.Scope.Wire();
        var arguments = new JsonObject();
        foreach (var (name, value) in part.Arguments)
        {
            if (Strictness.Text(value) is not { } text) continue;
            if (text.Length > MostText) cut = true;
            else arguments[name] = text;
        }
        return new JsonObject { ["tool"] = part.Tool, ["scope"] = part.Scope.Wire(), ["arguments"] = arguments };
    }

    private static PlanPart? PartOf(JsonNode? node, PlanPart? step)
    {
        if (node is JsonObject part)
            return Strictness.Text(part["tool"]) is { } tool && ScopeOf(part["scope"]) is { } scope && part["arguments"] is JsonObject arguments ? new PlanPart(tool, scope, arguments) : null;
        return step is not null && ScopeOf(node) is { } of ? step with { Scope = of } : null;
    }

    private static PlanPart? StepOf(PlanPart whole, int index) =>
        whole.Tool == Batch && whole.Arguments["steps"] is JsonArray steps && index < steps.Count && steps[index] is JsonObject step
            && Strictness.Text(step["tool"]) is { } tool && step["arguments"] is JsonObject arguments
            ? new PlanPart(tool, ToolScope.Read, arguments) : null;

    private static ToolScope? ScopeOf(JsonNode? node) => Strictness.Text(node) switch
    {
        "read" => ToolScope.Read,
        "write" => ToolScope.Write,
        "billing" => ToolScope.Billing,
        "destructive" => ToolScope.Destructive,
        _ => null,
    };

    private static bool Is(JsonObject record, string name) => record[name] is JsonValue value && value.GetValueKind() == JsonValueKind.True;
}

/// <param name="Cut">Texts of parts were too long for the row.</param>
internal sealed record RecordedDecision(PolicyFacts Facts, PolicyDecision Decision, long Version, bool Cut)
{
    /// <summary>Null: the row does not hold what these rules look at.</summary>
    public PolicyDecision? Under(PolicyRules rules) => Cut && rules.Saved.Any(r => r.Argument is not null) ? null : rules.Decide(Facts);
}
