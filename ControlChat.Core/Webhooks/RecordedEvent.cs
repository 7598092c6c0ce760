using System.Text.Json.Nodes;
using ControlChat.Core.Audit;

namespace ControlChat.Core.Webhooks;

/// <summary>What an endpoint is told of a row of the record: what the audit page shows of it, and no more.</summary>
internal static class RecordedEvent
{
    public static JsonObject Data(AuditRow row)
    {
        var data = new JsonObject
        {
            ["seq"] = row.Seq,
            ["outcome"] = row.Outcome,
            ["via"] = row.Actor.Via,
            ["account_id"] = row.Actor.Account,
            ["token_id"] = row.Actor.Token,
            ["approver_id"] = row.Approver,
            ["tool"] = row.Tool,
            ["action_id"] = row.ActionId,
            ["plan_id"] = row.PlanId,
            ["approval_id"] = row.ApprovalId,
            ["run_id"] = row.RunId,
            ["conversation_id"] = row.ConversationId,
            ["workspace_id"] = row.WorkspaceId,
            ["trace_id"] = row.TraceId,
            ["details"] = row.Data.DeepClone(),
        };
        if (row.Event == AuditEvents.SessionEnded) AddEnd(data, row);
        if (row.ApprovalId is not null) AddApproval(data, row);
        return data;
    }

    // What a receiver acts on stands outside of the details, which a row that is too large is told without.
    private static void AddApproval(JsonObject data, AuditRow row)
    {
        switch (row.Event)
        {
            case AuditEvents.ApprovalRequested:
                foreach (var name in new[] { "kind", "session_id", "decision", "expires_at" }) data[name] = row.Data[name]?.DeepClone();
                data["requested_by"] = row.Actor.Account;
                break;
            case AuditEvents.ApprovalConsumed or AuditEvents.ApprovalDeclined or AuditEvents.AgentApprovalAnswered:
                data["decided_by"] = row.Approver ?? row.Actor.Account;
                break;
            case AuditEvents.ApprovalSuperseded:
                data["superseded_by"] = row.Data["superseded_by"]?.DeepClone();
                break;
        }
    }

    private static void AddEnd(JsonObject data, AuditRow row)
    {
        foreach (var (name, of) in new[] { ("session_id", "session"), ("owner", "owner"), ("mode", "mode"), ("exit_code", "exit_code") })
            data[name] = row.Data[of]?.DeepClone();
        data["reason"] = row.Outcome;
    }
}
