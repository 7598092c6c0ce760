using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate.Grants;
using ControlChat.Core.Gate.Policies;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Gate;

/// <summary>Carries a plan out: at once where the policy lets it, else by asking. Everything of it commits together.</summary>
internal sealed class PlanExecution(HubDatabase database, Staleness staleness, Applier applier, BatchRunner batches, IAuditTrail audit, ApprovalLimits limits, HubAddress address)
{
    /// <summary>Applies, asks, or answers what the same request was answered before; null when the world moved since planning.</summary>
    public async Task<Outcome?> RunAsync(PlanOrder order, CancellationToken cancellationToken)
    {
        var (transaction, present) = await database.BeginAsync<string>(PolicyStore.PresentSql, cancellationToken);
        await using var held = transaction;
        await StopIfLostAsync(transaction, order.Origin, cancellationToken);
        if (order.Key is { } key && !await IdempotencyStore.ClaimAsync(transaction, key, cancellationToken))
            return IdempotencyStore.Replay((await IdempotencyStore.FindAsync(transaction, key, cancellationToken))!, key, order.Plan.Tool);
        if (order.Plan.Effects.Count == 0) return await FinishAsync(transaction, order, Outcomes.Completed(order.RequestId, order.Plan, null, order.Unchanged), "applied", cancellationToken);
        // Rules that were saved since it was planned hold for it.
        if (PolicyRecord.VersionOf(order.Plan.Policy) != PolicyStore.Present(present)) return null;
        var grant = await GrantUses.TakeAsync(transaction, order, applier.Outside(order.Plan.Tool) is not null, cancellationToken);
        if (order.Plan.Decision != "none" && grant is null) return await AskAsync(transaction, order, cancellationToken);
        await StopIfFrozenAsync(transaction, order.Plan, order.Principal.AccountId, order.Origin, cancellationToken);
        if (await staleness.HasMovedAsync(transaction, order.Plan.ReadSet, cancellationToken)) return null;
        return order.Plan.Steps is null
            ? await ApplyAsync(transaction, order, grant, cancellationToken)
            : await BatchAsync(transaction, order, cancellationToken);
    }

    // Its journal is fenced, so that a worker which does not know yet finds out there; what it asks for here is fenced as well.
    private static async Task StopIfLostAsync(IHubReader reader, CallOrigin origin, CancellationToken cancellationToken)
    {
        if (origin.Fence is not { } fence) return;
        var held = await reader.FindAsync<long>("select count(*) from runs where id = @RunId and fence = @fence and status = 'running'", new { origin.RunId, fence }, cancellationToken);
        if (held == 0) throw ToolRefusedException.Conflict("The run was cancelled or taken over. Nothing was changed.");
    }

    /// <exception cref="ToolRefusedException"><c>frozen</c>.</exception>
    public static async Task StopIfFrozenAsync(IHubReader reader, Plan plan, string accountId, CallOrigin origin, CancellationToken cancellationToken)
    {
        var tools = (plan.Steps ?? []).Select(s => s.Tool).ToHashSet();
        tools.UnionWith(await ToolsOfAsync(reader, plan.Tool, plan.Arguments, cancellationToken));
        foreach (var step in plan.Steps ?? []) tools.UnionWith(await ToolsOfAsync(reader, step.Tool, step.Arguments, cancellationToken));
        if (await FreezeStore.StoppingAsync(reader, tools, Applier.WorkspacesOf(plan.Effects), origin.Agent, cancellationToken) is { } freeze)
            throw new ToolRefusedException("frozen", "frozen", freeze.Words) { Untrusted = freeze.SetBy != accountId };
    }

    /// <summary>An undo does what its action's way back does, so a freeze of that tool stops it too.</summary>
    public static async Task<IReadOnlyList<string>> ToolsOfAsync(IHubReader reader, string tool, JsonObject arguments, CancellationToken cancellationToken) =>
        tool == "undo" && await ActionStore.FindAsync(reader, arguments["action_id"]!.GetValue<string>(), cancellationToken) is { Compensation: { } back }
            ? [tool, Json.Read<Compensation>(back).Tool]
            : [tool];

    /// <summary>Makes an approval for a plan, in the caller's transaction.</summary>
    public async Task<ApprovalRow> OpenAsync(IHubTransaction transaction, PlanOrder order, CancellationToken cancellationToken)
    {
        var (plan, principal, origin) = (order.Plan, order.Principal, order.Origin);
        var row = new ApprovalRow
        {
            Id = Ids.New("apr"),
            PlanId = plan.Id,
            PlanHash = plan.Hash,
            PrincipalKey = principal.Key,
            AccountId = principal.AccountId,
            AccountName = principal.Name,
            TokenId = principal.TokenId,
            TokenName = principal.TokenName,
            AuthSessionId = principal.AuthSessionId,
            Via = origin.Via,
            ConversationId = origin.ConversationId,
            RunId = origin.RunId,
            CallId = origin.CallId,
            TraceId = origin.TraceId,
            Tainted = origin.Tainted,
            Decision = plan.Decision,
            RequestTool = order.Key?.Tool,
            RequestId = order.RequestId,
            CreatedAt = transaction.Now,
            ExpiresAt = plan.ExpiresAt,
        };
        await ApprovalStore.InsertAsync(transaction, row, cancellationToken);
        var work = ApplyWork.Of(plan, principal, origin) with { ApprovalId = row.Id, RequestId = order.RequestId };
        var entry = Applier.Entry(work, "approval.requested", "pending", null);
        row.Describe(entry.Data);
        await audit.AppendAsync(transaction, entry, cancellationToken);
        transaction.Hint(Approvals.ChangedTopic, row.Id);
        return row;
    }

    private async Task<Outcome> AskAsync(IHubTransaction transaction, PlanOrder order, CancellationToken cancellationToken)
    {
        await limits.CheckAsync(transaction, order.Principal.Key, agents: false, cancellationToken);
        await StoreAsync(transaction, order, "asked", cancellationToken);
        var row = await OpenAsync(transaction, order, cancellationToken);
        var outcome = Outcomes.Asked(order.RequestId, order.Plan, row.Id, address.Approval(row.Id));
        await AnswerAsync(transaction, order, outcome, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return outcome;
    }

    private async Task<Outcome> ApplyAsync(IHubTransaction transaction, PlanOrder order, UsedGrant? grant, CancellationToken cancellationToken)
    {
        // The plan row stands before the action row, so that no action ever points at nothing.
        await StoreAsync(transaction, order, "applied", cancellationToken);
        var work = ApplyWork.Of(order.Plan, order.Principal, order.Origin) with { RequestId = order.RequestId, GrantId = grant?.Id, Approver = grant?.GrantorId };
        switch (await applier.ApplyAsync(transaction, work, keepFailure: false, cancellationToken))
        {
            case Applied.Done done:
                var outcome = Outcomes.Completed(order.RequestId, order.Plan, work.ActionId, done.Result) with { GrantId = grant?.Id, GrantUsed = grant?.Used, GrantCount = grant?.Count };
                if (grant is not null) await GrantUses.RecordAsync(transaction, audit, work, grant, cancellationToken);
                await AnswerAsync(transaction, order, outcome, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return outcome;
            case Applied.Refused refused:
                throw refused.Refusal;
            case Applied.Broken broken:
                await transaction.DisposeAsync();
                await audit.AppendAsync(Applier.Entry(work, "tool.failed", "failed", broken.Reference), cancellationToken);
                return Outcomes.Broken(order.RequestId, order.Plan.Tool, broken.Reference);
            default:
                throw new InvalidOperationException();
        }
    }

    private async Task<Outcome> BatchAsync(IHubTransaction transaction, PlanOrder order, CancellationToken cancellationToken)
    {
        await StoreAsync(transaction, order, "applied", cancellationToken);
        var id = await BatchRunner.BookAsync(transaction,
            new BatchOrder(order.Plan, order.Principal, order.Origin, order.Key?.Tool, order.RequestId, null, null, []), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await transaction.DisposeAsync();
        return await batches.RunAsync(id).WaitAsync(cancellationToken);
    }

    private static async Task<Outcome> FinishAsync(IHubTransaction transaction, PlanOrder order, Outcome outcome, string state, CancellationToken cancellationToken)
    {
        await StoreAsync(transaction, order, state, cancellationToken);
        await AnswerAsync(transaction, order, outcome, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return outcome;
    }

    private static async Task StoreAsync(IHubTransaction transaction, PlanOrder order, string state, CancellationToken cancellationToken)
    {
        if (!order.Stored) await PlanStore.InsertAsync(transaction, order.Plan, order.Input, order.Principal, order.Origin, state, cancellationToken);
        else if (!await PlanStore.MoveAsync(transaction, order.Plan.Id, "planned", state, cancellationToken))
            throw ToolRefusedException.Conflict("This plan was applied already, or waits for a decision. Make a new one.");
    }

    private static Task AnswerAsync(IHubTransaction transaction, PlanOrder order, Outcome outcome, CancellationToken cancellationToken) =>
        IdempotencyStore.AnswerAsync(transaction, order.Principal.Key, order.Key?.Tool, order.RequestId, outcome, cancellationToken);
}

/// <summary>A plan on its way.</summary>
/// <param name="Input">The arguments as asked for.</param>
/// <param name="Key">The idempotency key, or null when nothing is remembered (a fresh plan made by a person's click).</param>
/// <param name="Unchanged">The result when there is nothing to do.</param>
/// <param name="Stored">The plan's row exists already (a dry run that is applied now).</param>
internal sealed record PlanOrder(Plan Plan, JsonObject Input, Principal Principal, CallOrigin Origin, RequestKey? Key, JsonObject Unchanged, bool Stored = false)
{
    public string? RequestId => Key?.RequestId;
}
