using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Runner;

/// <summary>An outcome as the model reads it: what happened and why, without what only people and machines need. No outcome holds a token.</summary>
internal static class ToolResult
{
    /// <summary>A longer result is cut and says so; tools page at 50 rows, so this is a belt beside braces.</summary>
    public const int MostChars = 60_000;

    private static readonly string[] PlanFields = ["summary", "effects", "warnings", "scope", "cost", "reversible"];

    public static string Of(string outcome)
    {
        var node = JsonNode.Parse(outcome)!.AsObject();
        foreach (var name in (string[])["request_id", "dry_run", "replayed", "requires_confirmation", "approval_url", "difference"]) node.Remove(name);
        if (node["plan"] is JsonObject plan)
        {
            foreach (var name in plan.Select(p => p.Key).Where(k => !PlanFields.Contains(k)).ToList()) plan.Remove(name);
        }
        foreach (var name in node.Where(p => p.Value is null).Select(p => p.Key).ToList()) node.Remove(name);
        var text = node.ToJsonString(Json.Wire);
        return text.Length <= MostChars ? text : Cut(node, text);
    }

    public static string Waiting { get; } = """{"status":"confirmation_required","note":"This waits for a person's decision."}""";

    public static string NotRun { get; } = """{"status":"cancelled","note":"This was not run."}""";

    public static string LeftOut { get; } = """{"note":"This earlier result is left out to save room. Call the tool again if it is needed."}""";

    /// <summary>An outcome that the runner makes itself, for calls that never got one.</summary>
    public static Outcome Refusal(CallRow call, string status, string message) =>
        new() { RequestId = call.RequestId, Tool = call.Tool, Status = status, Error = new OutcomeError(status, message) };

    private static string Cut(JsonObject node, string text) => JsonSerializer.Serialize(new JsonObject
    {
        ["status"] = node["status"]?.DeepClone(),
        ["tool"] = node["tool"]?.DeepClone(),
        ["note"] = $"The result has {text.Length} characters; only the first {MostChars / 2} follow. Ask for less.",
        ["beginning"] = text[..(MostChars / 2)],
    }, Json.Wire);
}
