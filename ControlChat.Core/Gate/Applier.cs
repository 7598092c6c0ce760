using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate.Grants;
using ControlChat.Core.Hub;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Gate;

/// <summary>Does what a plan says inside the caller's transaction, with its action row and its audit row: all of it or none.</summary>
internal sealed partial class Applier(IToolCatalog catalog, Staleness staleness, IAuditTrail audit, ILogger<Applier> logger)
{
    private const string Savepoint = "apply";

    /// <summary>
    /// Applies one plan or one step. A tool that refuses or breaks leaves nothing behind but the record of it
    /// (when <paramref name="keepFailure"/>): the caller's transaction stays usable.
    /// </summary>
    public async Task<Applied> ApplyAsync(IHubTransaction transaction, ApplyWork work, bool keepFailure, CancellationToken cancellationToken)
    {
        await transaction.SaveAsync(Savepoint, cancellationToken);
        try
        {
            var tool = catalog.Find(work.Plan.Tool) as IWriteTool ?? throw new InvalidOperationException($"No write tool '{work.Plan.Tool}'.");
            var context = new ApplyContext(transaction, work.Principal, work.Origin, work.ActionId, catalog);
            var result = await tool.ApplyAsync(context, work.Plan, cancellationToken);
            if (work.Plan.Tool == "undo" && !await ActionStore.MarkUndoneAsync(transaction, work.Plan.Arguments["action_id"]!.GetValue<string>(), work.ActionId, cancellationToken))
                throw ToolRefusedException.Conflict("This was undone already.");
            var versions = await staleness.VersionsAsync(transaction, work.Plan.Effects, cancellationToken);
            await ActionStore.InsertAsync(transaction, Row(work, transaction.Now, versions), cancellationToken);
            await GrantEnding.MembersAsync(transaction, audit, work, cancellationToken);
            await audit.AppendAsync(transaction, Entry(work, "tool.applied", tool is IOutsideTool ? "ordered" : "completed", null), cancellationToken);
            return new Applied.Done(result, versions);
        }
        catch (ToolRefusedException refusal)
        {
            await transaction.RollbackToAsync(Savepoint, cancellationToken);
            if (keepFailure) await audit.AppendAsync(transaction, Entry(work, "tool.failed", refusal.Status, refusal.Message), cancellationToken);
            return new Applied.Refused(refusal);
        }
        catch (Exception e) when (e is not (HubUnavailableException or OperationCanceledException))
        {
            await transaction.RollbackToAsync(Savepoint, cancellationToken);
            var reference = Ids.New("ref")[^8..];
            LogBroken(logger, e, work.Plan.Tool, reference);
            if (keepFailure) await audit.AppendAsync(transaction, Entry(work, "tool.failed", "failed", reference), cancellationToken);
            return new Applied.Broken(reference);
        }
    }

    /// <summary>The tool, when its work comes after the commit.</summary>
    public IOutsideTool? Outside(string tool) => catalog.Find(tool) as IOutsideTool;

    /// <summary>The audit row of a call that was stopped or that broke outside a transaction.</summary>
    public static AuditEntry Entry(ApplyWork work, string auditEvent, string outcome, string? error)
    {
        var data = new JsonObject
        {
            ["arguments"] = work.Plan.Arguments.DeepClone(),
            ["effects"] = System.Text.Json.JsonSerializer.SerializeToNode(work.Plan.Effects, Json.Wire),
            ["summary"] = work.Summary,
            ["tainted"] = work.Origin.Tainted,
        };
        if (auditEvent is "tool.applied" or "approval.requested" && work.Policy is { } policy) data["policy"] = policy.DeepClone();
        if (work.Untrusted) data["untrusted"] = true;
        if (work.BatchId is not null) data["batch_id"] = work.BatchId;
        if (work.Step is { } step) data["step"] = step;
        if (work.GrantId is not null) data["grant_id"] = work.GrantId;
        if (error is not null) data["error"] = error;
        return new AuditEntry(auditEvent, outcome, ActorOf(work.Principal, work.Origin))
        {
            Approver = work.Approver,
            Tool = work.Plan.Tool,
            ActionId = auditEvent == "tool.applied" ? work.ActionId : null,
            RequestId = work.RequestId,
            PlanId = work.PlanId,
            PlanHash = work.PlanHash,
            ApprovalId = work.ApprovalId,
            RunId = work.Origin.RunId,
            ConversationId = work.Origin.ConversationId,
            WorkspaceId = WorkspaceOf(work.Plan.Effects),
            TraceId = work.Origin.TraceId,
            Data = data,
        };
    }

    public static AuditActor ActorOf(Principal principal, CallOrigin origin) =>
        new(principal.AccountId, principal.TokenId, principal.AuthSessionId, origin.Via);

    public static string? WorkspaceOf(IReadOnlyList<Effect> effects) => WorkspacesOf(effects) is [var first, ..] ? first : null;

    public static IReadOnlyList<string> WorkspacesOf(IReadOnlyList<Effect> effects) =>
        [.. effects.Select(WorkspaceIn).OfType<string>().Distinct()];

    // workspace/ws_1, and for what hangs on one: pin/ws_1:acc_1, member/ws_1:acc_1, host/ws_1, sync/ws_1. An agent's session says in which it works, an invitation to which it leads.
    private static string? WorkspaceIn(Effect effect) => effect.Resource.Split('/', 2) switch
    {
        ["workspace" or "pin" or "member" or "host" or "sync", var id] => id.Split(':')[0],
        ["session" or "invitation", _] => ((effect.After ?? effect.Before) as JsonObject)?["workspace_id"]?.GetValue<string>(),
        _ => null,
    };

    private static ActionRow Row(ApplyWork work, DateTimeOffset now, IReadOnlyDictionary<string, long> versions) => new()
    {
        Id = work.ActionId,
        Tool = work.Plan.Tool,
        PlanId = work.PlanId,
        ApprovalId = work.ApprovalId,
        AccountId = work.Principal.AccountId,
        Summary = work.Summary,
        Compensation = work.Compensation is null ? null : Json.Write(work.Compensation),
        Versions = System.Text.Json.JsonSerializer.Serialize(versions),
        WorkspaceId = WorkspaceOf(work.Plan.Effects),
        ConversationId = work.Origin.ConversationId,
        RunId = work.Origin.RunId,
        BatchId = work.BatchId,
        AppliedAt = now,
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "{Tool} broke while applying (ref {Reference})")]
    private static partial void LogBroken(ILogger logger, Exception exception, string tool, string reference);
}

/// <summary>One thing to apply and all that its rows need to say.</summary>
internal sealed record ApplyWork(AppliedPlan Plan, string PlanId, string PlanHash, string Summary, Compensation? Compensation, Principal Principal, CallOrigin Origin, string ActionId)
{
    public string? RequestId { get; init; }
    public string? ApprovalId { get; init; }
    public string? Approver { get; init; }
    public string? BatchId { get; init; }
    public int? Step { get; init; }
    public bool Untrusted { get; init; }

    /// <summary>What was decided on; null for a step, whose batch says it.</summary>
    public JsonObject? Policy { get; init; }

    /// <summary>The grant that stands for the approval.</summary>
    public string? GrantId { get; init; }

    public static ApplyWork Of(Plan plan, Principal principal, CallOrigin origin) =>
        new(new AppliedPlan(plan.Tool, plan.Arguments, plan.Effects), plan.Id, plan.Hash, plan.Summary, plan.Compensation, principal, origin, Ids.New("act")) { Untrusted = plan.Untrusted, Policy = plan.Policy };
}

/// <summary>How applying went.</summary>
internal abstract record Applied
{
    private Applied()
    {
    }

    public sealed record Done(JsonObject Result, IReadOnlyDictionary<string, long> Versions) : Applied;

    public sealed record Refused(ToolRefusedException Refusal) : Applied;

    public sealed record Broken(string Reference) : Applied;
}
