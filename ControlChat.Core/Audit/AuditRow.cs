using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>A row of the record as it is shown; field by field as in contracts, section 6.</summary>
public sealed record AuditRow(
    long Seq, string Id, DateTimeOffset At, string Event, string Outcome, AuditActor Actor, string? Approver, string? Tool, string? ActionId, string? RequestId,
    string? PlanId, string? PlanHash, string? ApprovalId, string? RunId, string? ConversationId, string? WorkspaceId, string? TraceId, int PolicyVersion,
    JsonObject Data, string PrevHash, string BodyHash, string Hash)
{
    internal static AuditRow Of(StoredRow row) =>
        Json.Read<AuditRow>(row.Body) with { Seq = row.Seq, PrevHash = row.PrevHash, BodyHash = row.BodyHash, Hash = row.Hash };
}

/// <summary>A row as the table holds it.</summary>
internal sealed record StoredRow
{
    public const string Columns = "seq, body, prev_hash, body_hash, hash";

    public long Seq { get; init; }
    public string Body { get; init; } = "";
    public string PrevHash { get; init; } = "";
    public string BodyHash { get; init; } = "";
    public string Hash { get; init; } = "";

    /// <summary>The row as one line of JSON: the hashed body, unparsed, between the chain's own fields.</summary>
    public string Line => $"{{\"seq\":{Seq},{Body[1..^1]},\"prev_hash\":\"{PrevHash}\",\"body_hash\":\"{BodyHash}\",\"hash\":\"{Hash}\"}}";
}
