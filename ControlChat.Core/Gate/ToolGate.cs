using System.Diagnostics;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Gate;

/// <inheritdoc cref="IToolGate"/>
internal sealed partial class ToolGate(HubDatabase database, CallGuard guard, ToolPlanner planner, PlanExecution execution, Staleness staleness, IPrincipals principals, IAuditTrail audit, ILogger<ToolGate> logger) : IToolGate
{
    // Between planning and applying lies a moment; whoever loses it that often is told.
    private const int Attempts = 3;
    private const string ApplyKey = "plans.apply";

    public async Task<Outcome> InvokeAsync(Principal principal, ToolCall call, CancellationToken cancellationToken)
    {
        using var scope = logger.BeginScope(new Dictionary<string, object?> { ["run_id"] = call.Origin.RunId, ["conversation_id"] = call.Origin.ConversationId, ["tool"] = call.Tool });
        using var span = Activities.StartToolCall(call.Origin.Via, call.Origin.CallId);
        if (call.Origin.TraceId is null) call = call with { Origin = call.Origin with { TraceId = span?.TraceId.ToHexString() } };
        var since = Stopwatch.GetTimestamp();
        var outcome = await GuardAsync(principal, call, () => ReadThenAsync(async reader =>
        {
            var now = reader.Now;
            var guarded = await guard.CheckAsync(reader, principal, call, cancellationToken);
            var key = RequestKey.Of(guarded.Principal, call.Tool, call.RequestId!, guarded.Arguments);
            if (!call.DryRun && await IdempotencyStore.FindAsync(reader, key, cancellationToken) is { } known)
                return () => Task.FromResult(IdempotencyStore.Replay(known, key, call.Tool));
            if (guarded.Tool is IReadTool read)
            {
                var result = await read.ReadAsync(new PlanningContext(reader, guarded.Principal, call.Origin, planner, []), guarded.Arguments, cancellationToken);
                return () => AnswerReadAsync(call, key, result, now, cancellationToken);
            }
            var planned = await planner.PlanAsync(reader, guarded.Principal, call.Origin, call.Tool, guarded.Arguments, cancellationToken);
            return () => WriteAsync(planned, now, guarded, call, key, cancellationToken);
        }, cancellationToken), cancellationToken);
        var name = outcome.Error?.Code == "unknown_tool" ? "unknown" : outcome.Tool;
        Meters.ToolCalled(name, outcome.Status, Stopwatch.GetElapsedTime(since));
        span.Finish(name, outcome.Status, outcome.Error?.Code);
        LogCall(logger, outcome.Tool, outcome.Status, call.Origin.Via, principal.AccountId, call.RequestId, outcome.ActionId);
        return outcome;
    }

    public async Task<Outcome> ApplyPlanAsync(Principal principal, string planId, string? requestId, CallOrigin origin, CancellationToken cancellationToken)
    {
        var call = new ToolCall(ApplyKey, requestId, default, origin);
        string? tool = null;
        var outcome = await GuardAsync(principal, call, () => ReadThenAsync(async reader =>
        {
            CallGuard.CheckRequestId(requestId);
            var present = await principals.ReloadAsync(reader, principal, cancellationToken) ?? throw ToolRefusedException.Denied("This sign-in or token is not valid any more.");
            if (!present.Scopes.HasFlag(TokenScopes.Write)) throw new ToolRefusedException("denied", "scope_missing", "This token lacks the scope 'write'.");
            var stored = await PlanStore.FindAsync(reader, planId, cancellationToken);
            if (stored is null || stored.PrincipalKey != present.Key) throw ToolRefusedException.NotFound("There is no such plan of yours.");
            tool = stored.Plan.Tool;
            var key = RequestKey.Of(present, ApplyKey, requestId!, new JsonObject { ["plan_id"] = planId });
            if (await IdempotencyStore.FindAsync(reader, key, cancellationToken) is { } known)
                return () => Task.FromResult(IdempotencyStore.Replay(known, key, stored.Plan.Tool));
            return await ApplyStoredAsync(reader, stored, present, origin, key, cancellationToken);
        }, cancellationToken), cancellationToken);
        // A refusal speaks of the plan's tool, as a success does.
        return tool is null ? outcome : outcome with { Tool = tool };
    }

    public async Task<PlanDetail?> FindPlanAsync(Principal principal, string planId, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await principals.ReloadAsync(reader, principal, cancellationToken) is not { } present) return null;
        var stored = await PlanStore.FindAsync(reader, planId, cancellationToken);
        return stored is null || (stored.AccountId != present.AccountId && !present.IsAdmin) ? null : new PlanDetail(stored.Plan, PlanHash.Canonical(stored.Plan));
    }

    // A reader pins a connection, so it is given back before anything waits: for the writer, or for a person's browser.
    private async Task<Outcome> ReadThenAsync(Func<IHubReadSession, Task<Func<Task<Outcome>>>> read, CancellationToken cancellationToken)
    {
        Func<Task<Outcome>> rest;
        await using (var reader = await database.ReadAsync(cancellationToken)) rest = await read(reader);
        return await rest();
    }

    private async Task<Outcome> WriteAsync(PlannedCall planned, DateTimeOffset now, GuardedCall guarded, ToolCall call, RequestKey key, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var plan = planner.Build(planned, call.Origin, now);
            var order = new PlanOrder(plan, guarded.Arguments, guarded.Principal, call.Origin, call.DryRun ? null : key, planned.Draft.Unchanged);
            if (call.DryRun) return await StoreDryRunAsync(order, call.RequestId!, cancellationToken);
            if (await execution.RunAsync(order, cancellationToken) is { } outcome) return outcome;
            if (attempt == Attempts) return Stale(call.RequestId, plan, plan, "Ask again.");
            await using var fresh = await database.ReadAsync(cancellationToken);
            (planned, now) = (await planner.PlanAsync(fresh, guarded.Principal, call.Origin, call.Tool, guarded.Arguments, cancellationToken), fresh.Now);
        }
    }

    private async Task<Outcome> StoreDryRunAsync(PlanOrder order, string requestId, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        await PlanStore.InsertAsync(transaction, order.Plan, order.Input, order.Principal, order.Origin, "planned", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Outcomes.Planned(requestId, order.Plan);
    }

    private async Task<Func<Task<Outcome>>> ApplyStoredAsync(IHubReadSession reader, StoredPlan stored, Principal principal, CallOrigin origin, RequestKey key, CancellationToken cancellationToken)
    {
        if (stored.State != "planned") throw ToolRefusedException.Conflict("This plan was applied already, or waits for a decision. Make a new one.");
        if (stored.Plan.ExpiresAt <= reader.Now) throw ToolRefusedException.Conflict("This plan has expired. Make a new one.");
        var taintedNow = origin with { Tainted = origin.Tainted || stored.Plan.Tainted };
        if (await staleness.HasMovedAsync(reader, stored.Plan.ReadSet, cancellationToken)) return () => StaleAsync(stored, principal, taintedNow, key, cancellationToken);
        // Planned anew for the rights and the policy of now; applied is the plan that was shown.
        var fresh = await planner.RecheckAsync(reader, principal, taintedNow, stored.Plan.Tool, stored.Input, cancellationToken);
        var now = planner.Build(fresh, taintedNow, reader.Now);
        var order = new PlanOrder(stored.Plan with { Decision = now.Decision, Policy = now.Policy, ExpiresAt = now.ExpiresAt }, stored.Input, principal, taintedNow, key, fresh.Draft.Unchanged, Stored: true);
        return async () => await execution.RunAsync(order, cancellationToken) ?? await StaleAsync(stored, principal, taintedNow, key, cancellationToken);
    }

    // The fresh plan is stored, so that its id can be applied as it is; there is none when the world refuses it by now.
    private async Task<Outcome> StaleAsync(StoredPlan stored, Principal principal, CallOrigin origin, RequestKey key, CancellationToken cancellationToken)
    {
        try
        {
            PlannedCall planned;
            await using (var reader = await database.ReadAsync(cancellationToken)) planned = await planner.PlanAsync(reader, principal, origin, stored.Plan.Tool, stored.Input, cancellationToken);
            await using var transaction = await database.BeginAsync(cancellationToken);
            var fresh = planner.Build(planned, origin, transaction.Now);
            await PlanStore.InsertAsync(transaction, fresh, stored.Input, principal, origin, "planned", cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return Stale(key.RequestId, stored.Plan, fresh, "Look at the fresh plan.");
        }
        catch (ToolRefusedException refusal)
        {
            return Stale(key.RequestId, stored.Plan, null, refusal.Message) with { Untrusted = refusal.Untrusted };
        }
    }

    private static Outcome Stale(string? requestId, Plan old, Plan? fresh, string next) =>
        Outcomes.Error(requestId, old.Tool, "plan_stale", "plan_stale", $"The plan is out of date. Nothing was changed. {next}") with
        {
            Plan = fresh,
            RequiresConfirmation = fresh is not null && fresh.Decision != "none",
            Difference = Staleness.Difference(old, fresh),
        };

    private async Task<Outcome> AnswerReadAsync(ToolCall call, RequestKey key, ReadResult result, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var read = result.Awaited is { } awaited ? await awaited(cancellationToken) : result;
        var answer = new Outcome { RequestId = call.RequestId, Tool = call.Tool, Status = "completed", DryRun = call.DryRun, Result = read.Value, Untrusted = read.Untrusted };
        // What was waited for happened outside the database, in somebody's browser: a crash must not let it happen again.
        return await RememberReadAsync(call, key, answer, now, durably: result.Awaited is not null, cancellationToken);
    }

    // A run's own reads stand in its step log; remembering them twice would only cost.
    private async Task<Outcome> RememberReadAsync(ToolCall call, RequestKey key, Outcome answer, DateTimeOffset now, bool durably, CancellationToken cancellationToken)
    {
        if (call.DryRun || call.Origin.RunId is not null) return answer;
        try
        {
            if (await IdempotencyStore.RememberReadAsync(database, key, answer, now, durably, cancellationToken)) return answer;
            await using var reader = await database.ReadAsync(cancellationToken);
            return await IdempotencyStore.FindAsync(reader, key, cancellationToken) is { } other ? IdempotencyStore.Replay(other, key, call.Tool) : answer;
        }
        catch (HubUnavailableException e)
        {
            // Reading works while nothing can be written: the same request reads again then, which changes nothing.
            LogUnavailable(logger, e, call.Tool);
        }
        return answer;
    }

    private async Task<Outcome> GuardAsync(Principal principal, ToolCall call, Func<Task<Outcome>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await work();
        }
        catch (ToolRefusedException refusal)
        {
            if (refusal.Status is "denied" or "frozen" or "rate_limited") await RecordAsync(principal, call, "tool.denied", refusal.Status, refusal.Message, refusal.Untrusted, cancellationToken);
            return Outcomes.Refused(call.RequestId, call.Tool, refusal);
        }
        catch (HubUnavailableException e)
        {
            LogUnavailable(logger, e, call.Tool);
            return Outcomes.Unavailable(call.RequestId, call.Tool, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var reference = Ids.New("ref")[^8..];
            LogBroken(logger, e, call.Tool, reference);
            await RecordAsync(principal, call, "tool.failed", "failed", reference, untrusted: false, cancellationToken);
            return Outcomes.Broken(call.RequestId, call.Tool, reference);
        }
    }

    private async Task RecordAsync(Principal principal, ToolCall call, string auditEvent, string outcome, string error, bool untrusted, CancellationToken cancellationToken)
    {
        var entry = new AuditEntry(auditEvent, outcome, Applier.ActorOf(principal, call.Origin))
        {
            Tool = call.Tool.Length <= 60 ? call.Tool : call.Tool[..60],
            RequestId = call.RequestId is { Length: <= 128 } ? call.RequestId : null,
            RunId = call.Origin.RunId,
            ConversationId = call.Origin.ConversationId,
            TraceId = call.Origin.TraceId,
            Data = new JsonObject { ["arguments"] = RecordedArguments.Of(call.Tool, call.Arguments), ["error"] = error },
        };
        if (call.Origin.Tainted) entry.Data["tainted"] = true;
        if (untrusted) entry.Data["untrusted"] = true;
        try
        {
            await audit.AppendAsync(entry, cancellationToken);
        }
        catch (HubUnavailableException e)
        {
            // Nothing was done, so nothing is owed to the record; the log still has it.
            LogUnavailable(logger, e, call.Tool);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Tool} {Status} via {Via} for {Account} (request {RequestId}, action {ActionId})")]
    private static partial void LogCall(ILogger logger, string tool, string status, string via, string account, string? requestId, string? actionId);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Tool} broke (ref {Reference})")]
    private static partial void LogBroken(ILogger logger, Exception exception, string tool, string reference);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Tool} could not reach the hub's database")]
    private static partial void LogUnavailable(ILogger logger, Exception exception, string tool);
}
