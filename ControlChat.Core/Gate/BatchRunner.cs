using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Gate;

/// <summary>
/// Runs approved batches: the approval was consumed and the steps were booked in one transaction; here each step commits
/// alone, exactly once, and the first stale or failed one stops the rest. A killed process leaves the outbox row, which
/// brings the batch back here.
/// </summary>
internal sealed partial class BatchRunner(HubDatabase database, ToolPlanner planner, Applier applier, Staleness staleness, IPrincipals principals, IAuditTrail audit, ILogger<BatchRunner> logger) : IOutboxHandler
{
    public const string Topic = "batch.run";
    private readonly ConcurrentDictionary<string, Lazy<Task<Outcome>>> _running = new();

    string IOutboxHandler.Topic => Topic;

    /// <summary>Books a batch in the transaction that consumes its approval.</summary>
    public static async Task<string> BookAsync(IHubTransaction transaction, BatchOrder order, CancellationToken cancellationToken)
    {
        var (plan, principal) = (order.Plan, order.Principal);
        var batch = new BatchRow
        {
            Id = Ids.New("act"),
            PlanId = plan.Id,
            ApprovalId = order.ApprovalId,
            Approver = order.Approver,
            Origin = Json.Write(order.Origin),
            AccountId = principal.AccountId,
            TokenId = principal.TokenId,
            AuthSessionId = principal.AuthSessionId,
            PrincipalKey = principal.Key,
            RequestTool = order.RequestTool,
            RequestId = order.RequestId,
        };
        var vetoed = Veto.Spread(plan.Steps!, order.Veto);
        var steps = plan.Steps!.Select((_, i) => new BatchStepRow { Step = i, Status = vetoed.Contains(i) ? "vetoed" : "pending" });
        await BatchStore.InsertAsync(transaction, batch, steps, cancellationToken);
        await transaction.AnnounceAsync(Topic, batch.Id, cancellationToken);
        return batch.Id;
    }

    public async Task HandleAsync(string id, CancellationToken cancellationToken) => await RunAsync(id).WaitAsync(cancellationToken);

    /// <summary>Runs a booked batch to its end, once in this process however many ask. Nobody's leaving stops it.</summary>
    public async Task<Outcome> RunAsync(string id)
    {
        var work = _running.GetOrAdd(id, key => new Lazy<Task<Outcome>>(() => Task.Run(() => LoopAsync(key, CancellationToken.None))));
        try
        {
            return await work.Value;
        }
        finally
        {
            _running.TryRemove(id, out _);
        }
    }

    private async Task<Outcome> LoopAsync(string id, CancellationToken cancellationToken)
    {
        var (batch, plan) = await LoadAsync(id, cancellationToken);
        if (batch.Outcome is { } done) return Json.Read<Outcome>(done);
        for (var i = 0; i < plan.Steps!.Count; i++)
        {
            if (!await StepAsync(batch, plan, i, cancellationToken)) break;
        }
        return await FinishAsync(batch, plan, cancellationToken);
    }

    private async Task<(BatchRow Batch, Plan Plan)> LoadAsync(string id, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        var batch = await BatchStore.FindAsync(reader, id, cancellationToken) ?? throw new InvalidOperationException($"No batch {id}.");
        var stored = await PlanStore.FindAsync(reader, batch.PlanId, cancellationToken) ?? throw new InvalidOperationException($"No plan {batch.PlanId}.");
        return (batch, stored.Plan);
    }

    /// <returns>Whether the next step may run.</returns>
    private async Task<bool> StepAsync(BatchRow batch, Plan plan, int index, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var steps = await BatchStore.StepsAsync(transaction, batch.Id, cancellationToken);
        if (steps[index].Status != "pending") return steps[index].Status is "completed" or "vetoed";
        var row = await TryAsync(transaction, batch, plan, index, steps, cancellationToken);
        await BatchStore.FinishStepAsync(transaction, batch.Id, row, cancellationToken);
        if (row.Status != "completed") await BatchStore.SkipRestAsync(transaction, batch.Id, cancellationToken);
        if (batch.ApprovalId is { } approval) transaction.Hint(Approvals.ChangedTopic, approval);
        await transaction.CommitAsync(cancellationToken);
        return row.Status == "completed";
    }

    private async Task<BatchStepRow> TryAsync(IHubTransaction transaction, BatchRow batch, Plan plan, int index, IReadOnlyList<BatchStepRow> steps, CancellationToken cancellationToken)
    {
        var (step, origin) = (plan.Steps![index], Json.Read<CallOrigin>(batch.Origin));
        BatchStepRow Failed(string status, OutcomeError error) => new() { Step = index, Status = status, Error = Json.Write(error) };

        if (await principals.FindAsync(transaction, batch.AccountId, batch.TokenId, batch.AuthSessionId, cancellationToken) is not { } principal)
            return Failed("failed", new OutcomeError("denied", "The one who asked has no rights here any more."));
        var tools = await PlanExecution.ToolsOfAsync(transaction, step.Tool, step.Arguments, cancellationToken);
        var freeze = await FreezeStore.StoppingAsync(transaction, [plan.Tool, .. tools], Applier.WorkspacesOf(step.Effects), origin.Agent, cancellationToken);
        if (freeze is not null) return Failed("failed", new OutcomeError("frozen", freeze.Words));
        if (await HasMovedAsync(transaction, plan, step, steps, cancellationToken))
            return Failed("stale", new OutcomeError("plan_stale", "Something this step depends on changed after the plan was made. This step and the rest were not tried."));
        PlanDraft now;
        try
        {
            // The tool's own checks once more, on what is there now: roles may have ended since the plan.
            now = (await planner.RecheckAsync(transaction, principal, origin, step.Tool, step.Arguments.DeepClone().AsObject(), cancellationToken)).Draft;
        }
        catch (ToolRefusedException refusal)
        {
            return Failed("failed", new OutcomeError(refusal.Code, refusal.Message));
        }
        catch (Exception e) when (e is not (HubUnavailableException or OperationCanceledException))
        {
            // A step that breaks again and again must not leave its batch running for ever.
            var reference = Ids.New("ref")[^8..];
            LogBroken(logger, e, step.Tool, reference);
            return Failed("failed", new OutcomeError("failed", $"The tool failed (ref {reference}).", reference));
        }
        if (now.Cost != step.Cost) return Failed("stale", new OutcomeError("plan_stale", "What this step costs changed after the plan was made. This step and the rest were not tried."));
        var work = WorkOf(batch, plan, index, principal, origin);
        if (step.Effects.Count == 0) return await LeaveAsync(transaction, work, index, now.Unchanged, cancellationToken);
        return await applier.ApplyAsync(transaction, work, keepFailure: true, cancellationToken) switch
        {
            Applied.Done done => new BatchStepRow { Step = index, Status = "completed", ActionId = work.ActionId, Result = done.Result.ToJsonString(), Versions = JsonSerializer.Serialize(done.Versions) },
            Applied.Refused refused => Failed("failed", new OutcomeError(refused.Refusal.Code, refused.Refusal.Message)),
            Applied.Broken broken => Failed("failed", new OutcomeError("failed", $"The tool failed (ref {broken.Reference}).", broken.Reference)),
            _ => throw new InvalidOperationException(),
        };
    }

    // Nothing was to be done, and no tool is asked to do it: it is on the record and no action.
    private async Task<BatchStepRow> LeaveAsync(IHubTransaction transaction, ApplyWork work, int index, JsonObject unchanged, CancellationToken cancellationToken)
    {
        await audit.AppendAsync(transaction, Applier.Entry(work, "tool.applied", "completed", null) with { ActionId = null }, cancellationToken);
        return new BatchStepRow { Step = index, Status = "completed", Result = unchanged.ToJsonString() };
    }

    // What the plan read outside the batch must be as it was; what earlier steps touched must be as they left it.
    private async Task<bool> HasMovedAsync(IHubReader reader, Plan plan, PlanStep step, IReadOnlyList<BatchStepRow> steps, CancellationToken cancellationToken)
    {
        var expected = plan.ReadSet.ToDictionary(r => r.Resource, r => r.Version);
        foreach (var left in steps.Where(s => s.Versions is not null).Select(s => JsonSerializer.Deserialize<Dictionary<string, long>>(s.Versions!)!))
        {
            foreach (var (resource, version) in left) expected[resource] = version;
        }
        var touched = step.ReadSet.Select(r => r.Resource).Concat(step.Effects.Select(e => e.Resource)).Distinct();
        return await staleness.HasMovedAsync(reader, touched.Where(expected.ContainsKey).Select(r => new ReadVersion(r, expected[r])), cancellationToken);
    }

    private static ApplyWork WorkOf(BatchRow batch, Plan plan, int index, Principal principal, CallOrigin origin)
    {
        var step = plan.Steps![index];
        return new ApplyWork(new AppliedPlan(step.Tool, step.Arguments, step.Effects), plan.Id, plan.Hash, $"{plan.Summary} (step {index + 1} of {plan.Steps.Count})",
            step.Compensation, principal, origin, Ids.New("act"))
        {
            RequestId = batch.RequestId,
            ApprovalId = batch.ApprovalId,
            Approver = batch.Approver,
            BatchId = batch.Id,
            Step = index,
            Untrusted = plan.Untrusted,
        };
    }

    private async Task<Outcome> FinishAsync(BatchRow batch, Plan plan, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var steps = await BatchStore.StepsAsync(transaction, batch.Id, cancellationToken);
        var outcome = BatchOutcome.Of(batch, plan, steps);
        if (!await BatchStore.FinishAsync(transaction, batch.Id, outcome, cancellationToken))
            return Json.Read<Outcome>((await BatchStore.FindAsync(transaction, batch.Id, cancellationToken))!.Outcome!);
        await RecordAsync(transaction, batch, plan, steps, outcome, cancellationToken);
        await IdempotencyStore.AnswerAsync(transaction, batch.PrincipalKey, batch.RequestTool, batch.RequestId, outcome, cancellationToken);
        if (batch.ApprovalId is not null) await ApprovalStore.AnswerAsync(transaction, batch.ApprovalId, outcome, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return outcome;
    }

    private async Task RecordAsync(IHubTransaction transaction, BatchRow batch, Plan plan, IReadOnlyList<BatchStepRow> steps, Outcome outcome, CancellationToken cancellationToken)
    {
        var principal = new Principal(batch.AccountId, "", "", batch.AuthSessionId, batch.TokenId, null, TokenScopes.None, default);
        var work = new ApplyWork(new AppliedPlan(plan.Tool, plan.Arguments, []), plan.Id, plan.Hash, plan.Summary, BatchOutcome.WayBack(plan, steps), principal, Json.Read<CallOrigin>(batch.Origin), batch.Id)
        {
            RequestId = batch.RequestId,
            ApprovalId = batch.ApprovalId,
            Approver = batch.Approver,
            BatchId = batch.Id,
            Untrusted = plan.Untrusted,
            Policy = plan.Policy,
        };
        var entry = Applier.Entry(work, outcome.ActionId is null ? "tool.failed" : "tool.applied", outcome.Status, outcome.Error?.Message);
        entry.Data["steps"] = outcome.Result!["steps"]!.DeepClone();
        if (outcome.ActionId is not null)
        {
            await ActionStore.InsertAsync(transaction, BatchOutcome.Action(work, transaction.Now, steps), cancellationToken);
            if (plan.Tool == "undo" && outcome.Status == "completed")
                await ActionStore.MarkUndoneAsync(transaction, plan.Arguments["action_id"]!.GetValue<string>(), batch.Id, cancellationToken);
        }
        await audit.AppendAsync(transaction, entry, cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Tool} broke before its step of a batch (ref {Reference})")]
    private static partial void LogBroken(ILogger logger, Exception exception, string tool, string reference);
}

/// <summary>An approved (or undemanding) plan with steps, as it is booked.</summary>
internal sealed record BatchOrder(Plan Plan, Principal Principal, CallOrigin Origin, string? RequestTool, string? RequestId, string? ApprovalId, string? Approver, IReadOnlyList<int> Veto);
