using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate.Policies;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>Approvals as one person sees them: what may be seen, and who may decide.</summary>
internal static class ApprovalViews
{
    public static bool MaySee(Principal principal, ApprovalRow row) => principal.IsAdmin || row.AccountId == principal.AccountId;

    /// <summary>Whether this is somebody who decides at all: a signed-in person, never a token.</summary>
    public static bool Decides(Principal principal) => !principal.IsToken && principal.AuthSessionId is not null;

    public static async Task<Approval> ShowAsync(IHubReader reader, Principal principal, ApprovalRow row, CancellationToken cancellationToken) =>
        (await ShowAsync(reader, principal, [row], cancellationToken))[0];

    /// <summary>In the same order; however many they are, plans and rights are read once.</summary>
    public static async Task<IReadOnlyList<Approval>> ShowAsync(IHubReader reader, Principal principal, IReadOnlyList<ApprovalRow> rows, CancellationToken cancellationToken)
    {
        var plans = await PlanStore.FindAsync(reader, [.. rows.Select(r => r.PlanId).OfType<string>().Distinct()], cancellationToken);
        var second = rows.Any(r => r is { Status: "pending", Decision: "second_person" }) ? await SecondPerson.OfAsync(reader, principal.AccountId, cancellationToken) : null;
        return [.. rows.Select(row => Show(reader, principal, row, row.PlanId is null ? null : plans.GetValueOrDefault(row.PlanId), second))];
    }

    /// <summary>The same for notices.</summary>
    public static async Task<IReadOnlyList<ApprovalNews>> TellAsync(IHubReader reader, Principal principal, IReadOnlyList<ApprovalNewsRow> rows, CancellationToken cancellationToken)
    {
        var second = rows.Any(r => r is { Status: "pending", Decision: "second_person" }) ? await SecondPerson.OfAsync(reader, principal.AccountId, cancellationToken) : null;
        return [.. rows.Select(row => Tell(reader, principal, row, second))];
    }

    private static ApprovalNews Tell(IHubReader reader, Principal principal, ApprovalNewsRow row, SecondPerson? second)
    {
        var (status, mine) = (StatusOf(row.Status, row.ExpiresAt, reader.Now), row.AccountId == principal.AccountId);
        return new ApprovalNews
        {
            Id = row.Id,
            Kind = row.Kind,
            Tool = row.Tool,
            Status = status,
            ConversationId = row.ConversationId,
            Via = row.Via,
            Mine = mine,
            AskedHere = mine && row.Via != AgentRecord.Via && row.AuthSessionId is not null && row.AuthSessionId == principal.AuthSessionId,
            MayDecide = status == "pending" && Decides(principal) && (mine || principal.IsAdmin) && (row.Decision != "second_person" || second?.May(row.AccountId) == true),
            ExpiresAt = row.ExpiresAt,
            RemindedAt = row.RemindedAt,
            DecidedBy = row.DecidedBy,
        };
    }

    // Between its end and the sweep an approval is expired already.
    private static string StatusOf(string status, DateTimeOffset ends, DateTimeOffset now) => status == "pending" && ends <= now ? "expired" : status;

    // The one who asked or an admin; for a second person, an admin who is nobody else than that.
    private static bool MayDecide(Principal principal, ApprovalRow row, SecondPerson? second) =>
        Decides(principal) && MaySee(principal, row) && (row.Decision != "second_person" || second?.May(row.AccountId) == true);

    private static Approval Show(IHubReader reader, Principal principal, ApprovalRow row, Plan? plan, SecondPerson? second)
    {
        var status = StatusOf(row.Status, row.ExpiresAt, reader.Now);
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
            MayDecide = status == "pending" && MayDecide(principal, row, second),
            WhyNot = status == "pending" && row.Decision == "second_person" ? second?.WhyNot(row) : null,
            CreatedAt = row.CreatedAt,
            ExpiresAt = row.ExpiresAt,
            DecidedBy = row.DecidedBy,
            DecidedAt = row.DecidedAt,
            Reason = row.Reason,
            Outcome = row.Outcome is null ? null : Json.Read<Outcome>(row.Outcome),
            SupersededBy = row.SupersededBy,
            RemindedAt = row.RemindedAt,
        };
    }
}
