using System.Text.Json.Nodes;

namespace ControlChat.Core.Gate;

/// <summary>The outcomes the gate makes.</summary>
internal static class Outcomes
{
    public static Outcome Error(string? requestId, string tool, string status, string code, string message, string? reference = null) => new()
    {
        RequestId = requestId,
        Tool = tool,
        Status = status,
        Error = new OutcomeError(code, message, reference),
    };

    public static Outcome Refused(string? requestId, string tool, ToolRefusedException refusal) =>
        Error(requestId, tool, refusal.Status, refusal.Code, refusal.Message) with { Untrusted = refusal.Untrusted };

    public static Outcome Broken(string? requestId, string tool, string reference) =>
        Error(requestId, tool, "failed", "failed", $"The tool failed (ref {reference}). Nothing was changed. The reference leads to the log.", reference);

    public static Outcome Unavailable(string? requestId, string tool, string message) =>
        Error(requestId, tool, "unavailable", "unavailable", message);

    public static Outcome Completed(string? requestId, Plan plan, string? actionId, JsonObject result) => new()
    {
        RequestId = requestId,
        Tool = plan.Tool,
        Status = "completed",
        ActionId = actionId,
        Plan = plan,
        RequiresConfirmation = plan.Decision != "none",
        Result = result,
        Undo = Undo(plan, actionId),
    };

    public static Outcome Asked(string? requestId, Plan plan, string approvalId, string url) => new()
    {
        RequestId = requestId,
        Tool = plan.Tool,
        Status = "confirmation_required",
        RequiresConfirmation = true,
        Plan = plan,
        ApprovalId = approvalId,
        ApprovalUrl = url,
    };

    public static Outcome Planned(string? requestId, Plan plan) => new()
    {
        RequestId = requestId,
        Tool = plan.Tool,
        Status = "planned",
        DryRun = true,
        RequiresConfirmation = plan.Decision != "none",
        Plan = plan,
    };

    private static UndoOffer Undo(Plan plan, string? actionId) => actionId is null ? UndoOffer.None
        : plan.Compensation is null ? new UndoOffer(false, null, plan.Reversible ? "There is no way back for this action." : "This cannot be undone.")
        : new UndoOffer(true, null, null);
}
