using System.Text.Json.Nodes;
using ControlChat.App.Ui;
using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals.Cards;

/// <summary>An outcome in one sentence, for the line of a tool call.</summary>
internal static class OutcomeSentence
{
    public static string Of(string tool, Outcome? outcome) => outcome switch
    {
        null => Texts.AtWork,
        { Error: { } error } => error.Message,
        { Status: "confirmation_required", Plan: { } plan } => Texts.WaitsForDecision.With(plan.Summary),
        { Status: "planned", Plan: { } plan } => Texts.PlannedOnly.With(plan.Summary),
        { Plan: { } plan, ActionId: not null } => PlanWords.Done(plan),
        { Plan: { } } => Texts.NothingHadToBeChanged,
        { Result: { } result } => Counted(tool.Replace('_', '.'), result),
        _ => CommonTexts.Done,
    };

    private static string Counted(string tool, JsonObject result)
    {
        if (result.FirstOrDefault(f => f.Value is JsonArray).Value is not JsonArray list) return CommonTexts.Done;
        var (one, many) = tool switch
        {
            "workspace.list" => (Texts.WordWorkspace, Texts.WordWorkspaces),
            "logs.search" => (Texts.WordLine, Texts.WordLines),
            "audit.search" => (Texts.WordRow, Texts.WordRows),
            "editors.list" => (Texts.WordEditor, Texts.WordEditors),
            "config.get" => (Texts.WordSetting, Texts.WordSettings),
            _ => (Texts.WordItem, Texts.WordItems),
        };
        var more = result["next_cursor"] is not null ? Texts.AndMore : "";
        return list.Count switch { 0 => Texts.NoneOf.With(many), 1 => $"1 {one}{more}", _ => $"{list.Count} {many}{more}" };
    }
}
