using System.Text.Json.Nodes;
using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals.Cards;

/// <summary>An outcome in one sentence, for the line of a tool call.</summary>
internal static class OutcomeSentence
{
    public static string Of(string tool, Outcome? outcome) => outcome switch
    {
        null => "at work…",
        { Error: { } error } => error.Message,
        { Status: "confirmation_required", Plan: { } plan } => $"Waits for a decision: {plan.Summary}",
        { Status: "planned", Plan: { } plan } => $"Planned only: {plan.Summary}",
        { Plan: { } plan, ActionId: not null } => PlanWords.Done(plan),
        { Plan: { } } => "Nothing had to be changed",
        { Result: { } result } => Counted(tool.Replace('_', '.'), result),
        _ => "Done",
    };

    private static string Counted(string tool, JsonObject result)
    {
        if (result.FirstOrDefault(f => f.Value is JsonArray).Value is not JsonArray list) return "Done";
        var (one, many) = tool switch
        {
            "workspace.list" => ("workspace", "workspaces"),
            "logs.search" => ("line", "lines"),
            "audit.search" => ("row", "rows"),
            "editors.list" => ("editor", "editors"),
            "config.get" => ("setting", "settings"),
            _ => ("item", "items"),
        };
        var more = result["next_cursor"] is not null ? ", and more" : "";
        return list.Count switch { 0 => $"No {many}", 1 => $"1 {one}{more}", _ => $"{list.Count} {many}{more}" };
    }
}
