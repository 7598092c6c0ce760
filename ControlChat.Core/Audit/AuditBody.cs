using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>The canonical JSON of a row without <c>seq, prev_hash, body_hash, hash</c>: what <c>body_hash</c> is taken of.</summary>
internal static class AuditBody
{
    /// <summary>Its keys in canonical order; <c>actor</c> is an object of <see cref="ActorKeys"/>.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
        "action_id", "actor", "approval_id", "approver", "at", "conversation_id", "data", "event", "id", "outcome", "plan_hash", "plan_id",
        "policy_version", "request_id", "run_id", "tool", "trace_id", "workspace_id",
    ];

    public static IReadOnlyList<string> ActorKeys { get; } = ["account", "session", "token", "via"];

    public static string Write(AuditEntry entry, string id, DateTimeOffset at, int policyVersion)
    {
        var text = new StringBuilder(768).Append('{');
        Field(text, "action_id", entry.ActionId);
        text.Append("\"actor\":{");
        Field(text, "account", entry.Actor.Account);
        Field(text, "session", entry.Actor.Session);
        Field(text, "token", entry.Actor.Token);
        Field(text, "via", entry.Actor.Via);
        text.Length--;
        text.Append("},");
        Field(text, "approval_id", entry.ApprovalId);
        Field(text, "approver", entry.Approver);
        Field(text, "at", Timestamps.Format(at));
        Field(text, "conversation_id", entry.ConversationId);
        text.Append("\"data\":").Append(CanonicalJson.Write(entry.Data)).Append(',');
        Field(text, "event", entry.Event);
        Field(text, "id", id);
        Field(text, "outcome", entry.Outcome);
        Field(text, "plan_hash", entry.PlanHash);
        Field(text, "plan_id", entry.PlanId);
        text.Append("\"policy_version\":").Append(policyVersion.ToString(CultureInfo.InvariantCulture)).Append(',');
        Field(text, "request_id", entry.RequestId);
        Field(text, "run_id", entry.RunId);
        Field(text, "tool", entry.Tool);
        Field(text, "trace_id", entry.TraceId);
        Field(text, "workspace_id", entry.WorkspaceId);
        text.Length--;
        return text.Append('}').ToString();
    }

    private static void Field(StringBuilder text, string name, string? value) =>
        text.Append('"').Append(name).Append("\":").Append(value is null ? "null" : CanonicalJson.Write(JsonValue.Create(value))).Append(',');
}
