using ControlChat.Core.Accounts;
using ControlChat.Core.Gate.Policies;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <inheritdoc cref="IApprovals"/>
internal sealed class Approvals(HubDatabase database, IPrincipals principals, ApprovalDeciding deciding, Replanning replanning, ApprovalClosing closing) : IApprovals
{
    /// <summary>Outbox topic of every decision; the runner's handler takes it up.</summary>
    public const string DecidedTopic = "approval.decided";

    /// <summary>Wake-up for pages that show approvals.</summary>
    public static string ChangedTopic { get; } = Topics.Stream("approvals");

    public async Task<Page<Approval>> ListAsync(Principal principal, ApprovalFilter filter, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await principals.ReloadAsync(reader, principal, cancellationToken) is not { } present) return new Page<Approval>([], null);
        if (filter.Decidable && !ApprovalViews.Decides(present)) return new Page<Approval>([], null);
        var barred = filter.Decidable ? (await SecondPerson.OfAsync(reader, present.AccountId, cancellationToken)).Barred : [];
        var rows = await ApprovalStore.ListAsync(reader, present.IsAdmin ? null : present.AccountId, present.Key, filter, barred, cancellationToken);
        var shown = await ApprovalViews.ShowAsync(reader, present, [.. rows.Take(filter.Limit)], cancellationToken);
        return new Page<Approval>(shown, rows.Count > filter.Limit ? rows[filter.Limit - 1].Id : null);
    }

    public async Task<Approval?> FindAsync(Principal principal, string approvalId, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await principals.ReloadAsync(reader, principal, cancellationToken) is not { } present) return null;
        var row = await ApprovalStore.FindAsync(reader, approvalId, cancellationToken);
        return row is null || !ApprovalViews.MaySee(present, row) ? null : await ApprovalViews.ShowAsync(reader, present, row, cancellationToken);
    }

    public async Task<OpenApproval?> OpenAsync(Principal principal, string approvalId, CancellationToken cancellationToken)
    {
        if (await FindAsync(principal, approvalId, cancellationToken) is not { } approval) return null;
        if (!approval.MayDecide) return new OpenApproval(approval, null);
        await using var transaction = await database.BeginAsync(cancellationToken);
        var row = await ApprovalStore.FindAsync(transaction, approvalId, cancellationToken);
        if (row is not { Status: "pending" }) return new OpenApproval(approval with { MayDecide = false }, null);
        var token = await ConfirmTokens.MintAsync(transaction, row, principal.AuthSessionId!, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new OpenApproval(approval, token);
    }

    public Task<ApprovalDecision> ApproveAsync(Principal principal, string approvalId, ApproveRequest request, CancellationToken cancellationToken) =>
        deciding.ApproveAsync(principal, approvalId, request, cancellationToken);

    public Task<ApprovalDecision> DeclineAsync(Principal principal, string approvalId, string? reason, CancellationToken cancellationToken) =>
        closing.DeclineAsync(principal, approvalId, reason, cancel: false, cancellationToken);

    public Task<ApprovalDecision> CancelTurnAsync(Principal principal, string approvalId, CancellationToken cancellationToken) =>
        closing.DeclineAsync(principal, approvalId, null, cancel: true, cancellationToken);

    public Task<ApprovalDecision> ReplanAsync(Principal principal, string approvalId, CallOrigin origin, CancellationToken cancellationToken) =>
        replanning.ReplanAsync(principal, approvalId, origin, cancellationToken);

    public Task<ApprovalDecision> PlanRestAsync(Principal principal, string approvalId, CancellationToken cancellationToken) => replanning.PlanRestAsync(principal, approvalId, cancellationToken);

    public Task<Approval?> FindRestAsync(Principal principal, string approvalId, CancellationToken cancellationToken) => replanning.FindRestAsync(principal, approvalId, cancellationToken);

    public Task CancelForRunAsync(IHubTransaction transaction, string runId, Principal by, CancellationToken cancellationToken) =>
        closing.CancelForRunAsync(transaction, runId, by, cancellationToken);

    public async Task<int> CountWaitingAsync(Principal principal, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (!ApprovalViews.Decides(principal)) return 0;
        // Only an admin is ever a second person.
        var barred = principal.IsAdmin ? (await SecondPerson.OfAsync(reader, principal.AccountId, cancellationToken)).Barred : [principal.AccountId];
        return await ApprovalStore.CountDecidableAsync(reader, principal.IsAdmin ? null : principal.AccountId, barred, cancellationToken);
    }

    public async Task<ApprovalNewsRead> NewsAsync(Principal principal, ApprovalNewsQuery query, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await principals.ReloadAsync(reader, principal, cancellationToken) is not { } present) return new ApprovalNewsRead([], reader.Now);
        var account = present.IsAdmin ? null : present.AccountId;
        IReadOnlyList<ApprovalNewsRow> moved = query.Ids.Count == 0 ? [] : await ApprovalStore.NewsAsync(reader, account, query.Ids.Take(ApprovalNewsQuery.Most), cancellationToken);
        IReadOnlyList<ApprovalNewsRow> missed = query.Within is { } within ? await ApprovalStore.NewsSinceAsync(reader, account, reader.Now - within, ApprovalNewsQuery.Most, cancellationToken) : [];
        return new ApprovalNewsRead(await ApprovalViews.TellAsync(reader, present, [.. moved.Concat(missed).DistinctBy(r => r.Id)], cancellationToken), reader.Now);
    }

    public async Task<IReadOnlyList<Approval>> FindAsync(Principal principal, IReadOnlyCollection<string> approvalIds, CancellationToken cancellationToken)
    {
        if (approvalIds.Count == 0) return [];
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await principals.ReloadAsync(reader, principal, cancellationToken) is not { } present) return [];
        var rows = await ApprovalStore.FindAsync(reader, approvalIds.Take(ApprovalNewsQuery.Most), cancellationToken);
        return await ApprovalViews.ShowAsync(reader, present, [.. rows.Where(r => ApprovalViews.MaySee(present, r))], cancellationToken);
    }
}
