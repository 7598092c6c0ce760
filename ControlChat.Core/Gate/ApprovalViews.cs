using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>Approvals as one person sees them: what may be seen, and who may decide.</summary>
internal static class ApprovalViews
{
    public static bool MaySee(Principal principal, ApprovalRow row) => principal.IsAdmin || row.AccountId == principal.AccountId;

    /// <summary>A signed-in person: the one who asked or an admin; for a second person, anybody but the one who asked (or whose token asked).</summary>
    public static bool MayDecide(Principal principal, ApprovalRow row) =>
        !principal.IsToken && principal.AuthSessionId is not null && MaySee(principal, row)
        && (row.Decision != "second_person" || row.AccountId != principal.AccountId);

    public static async Task<Approval> ShowAsync(IHubReader reader, Principal principal, ApprovalRow row, CancellationToken cancellationToken)
    {
        var plan = row.PlanId is null ? null : (await PlanStore.FindAsync(reader, row.PlanId, cancellationToken))?.Plan;
        // Between its end and the sweep an approval is expired already.
        var status = row.Status == "pending" && row.ExpiresAt <= reader.Now ? "expired" : row.Status;
        return new Approval
        {
            Id = row.Id,
            Kind = row.Kind,
            Status = status,
            Plan = plan,
            Subject = row.Subject is null ? null : JsonNode.Parse(row.Subject)!.AsObject(),
            RequestedBy = new Requester(row.AccountId, row.AccountName, row.Via, row.TokenName),
            ConversationId = row.ConversationId,
            RunId = row.RunId,
            SessionId = row.SessionId,
            WorkspaceId = row.WorkspaceId,
            Answer = row.Answer,
            Hash = row.PlanHash ?? "",
            Decision = row.Decision,
            MayDecide = status == "pending" && MayDecide(principal, row),
            CreatedAt = row.CreatedAt,
            ExpiresAt = row.ExpiresAt,
            DecidedBy = row.DecidedBy,
            DecidedAt = row.DecidedAt,
            Reason = row.Reason,
            Outcome = row.Outcome is null ? null : Json.Read<Outcome>(row.Outcome),
            SupersededBy = row.SupersededBy,
        };
    }
}
