using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.Tests.Core.Runner;

/// <summary>
/// A gate with a few tools: <c>thing.read</c>, <c>thing.hostile</c> (untrusted), <c>thing.write</c>, <c>thing.ask</c> (waits for a person).
/// Like the real one it does a write once per request id, and says so in <see cref="Effects"/>.
/// </summary>
internal sealed class FakeGate : IToolGate, IToolCatalog, IApprovals
{
    private readonly ConcurrentDictionary<string, Outcome> _answers = new();
    private readonly ConcurrentDictionary<string, Approval> _approvals = new();
    private int _now;

    public ConcurrentQueue<ToolCall> Calls { get; } = new();

    /// <summary>Every effect that happened, by request id.</summary>
    public ConcurrentQueue<string> Effects { get; } = new();

    /// <summary>The most calls that were open at once.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>Awaited by every call when set.</summary>
    public Func<ToolCall, CancellationToken, Task>? Before { get; set; }

    public IReadOnlyList<IControlTool> Offered { get; } = [new Read("thing.read"), new Read("thing.hostile"), new Write("thing.write"), new Write("thing.ask")];

    public IControlTool? Find(string name) => Offered.FirstOrDefault(t => t.Definition.Name == name);

    public bool IsOffered(IControlTool tool) => true;

    public async Task<Outcome> InvokeAsync(Principal principal, ToolCall call, CancellationToken cancellationToken)
    {
        Calls.Enqueue(call);
        MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _now));
        try
        {
            if (Before is not null) await Before(call, cancellationToken);
            return Answer(call);
        }
        finally
        {
            Interlocked.Decrement(ref _now);
        }
    }

    public void Decide(string approvalId, string status, string? supersededBy = null) => _approvals[approvalId] = _approvals[approvalId] with
    {
        Status = status,
        DecidedBy = "acc_mara",
        SupersededBy = supersededBy,
        Outcome = status == "consumed" ? Done(_approvals[approvalId].Id, "thing.ask") : Refused(_approvals[approvalId].Id, "thing.ask", "denied", "Declined."),
    };

    public void Add(string approvalId) => _approvals[approvalId] = Pending(approvalId);

    public Task<Approval?> FindAsync(Principal principal, string approvalId, CancellationToken cancellationToken) =>
        Task.FromResult(_approvals.GetValueOrDefault(approvalId));

    public Task CancelForRunAsync(IHubTransaction transaction, string runId, Principal by, CancellationToken cancellationToken)
    {
        foreach (var id in _approvals.Keys) Decide(id, "cancelled");
        return Task.CompletedTask;
    }

    public Task<Outcome> ApplyPlanAsync(Principal principal, string planId, string? requestId, CallOrigin origin, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<PlanDetail?> FindPlanAsync(Principal principal, string planId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Page<Approval>> ListAsync(Principal principal, ApprovalFilter filter, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<OpenApproval?> OpenAsync(Principal principal, string approvalId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ApprovalDecision> ApproveAsync(Principal principal, string approvalId, ApproveRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ApprovalDecision> DeclineAsync(Principal principal, string approvalId, string? reason, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ApprovalDecision> CancelTurnAsync(Principal principal, string approvalId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ApprovalDecision> ReplanAsync(Principal principal, string approvalId, CallOrigin origin, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ApprovalDecision> PlanRestAsync(Principal principal, string approvalId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Approval?> FindRestAsync(Principal principal, string approvalId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ApprovalNewsRead> NewsAsync(Principal principal, ApprovalNewsQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Approval>> FindAsync(Principal principal, IReadOnlyCollection<string> approvalIds, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<int> CountWaitingAsync(Principal principal, CancellationToken cancellationToken) => throw new NotSupportedException();

    private Outcome Answer(ToolCall call) => call.Tool switch
    {
        "thing.read" => Done(call.RequestId!, call.Tool),
        "thing.hostile" => Done(call.RequestId!, call.Tool) with { Untrusted = true },
        "thing.write" => _answers.GetOrAdd(call.RequestId!, id =>
        {
            Effects.Enqueue(id);
            return Done(id, call.Tool) with { ActionId = "act_1" };
        }),
        "thing.ask" => _answers.GetOrAdd(call.RequestId!, id =>
        {
            var approval = $"apr_{id[^12..]}";
            Add(approval);
            return new Outcome { RequestId = id, Tool = call.Tool, Status = "confirmation_required", ApprovalId = approval, RequiresConfirmation = true };
        }),
        _ => Refused(call.RequestId!, call.Tool, "not_found", $"There is no tool '{call.Tool}'."),
    };

    private static Outcome Done(string requestId, string tool) =>
        new() { RequestId = requestId, Tool = tool, Status = "completed", Result = new JsonObject { ["value"] = 42 } };

    private static Outcome Refused(string requestId, string tool, string status, string message) =>
        new() { RequestId = requestId, Tool = tool, Status = status, Error = new OutcomeError(status, message) };

    private static Approval Pending(string id) => new()
    {
        Id = id,
        Kind = "plan",
        Status = "pending",
        RequestedBy = new Requester("acc_mara", "Mara", "ask", null),
        Decision = "confirm",
        CreatedAt = DateTimeOffset.UnixEpoch,
        ExpiresAt = DateTimeOffset.MaxValue,
    };

    private static ToolDefinition Definition(string name, ToolScope scope) => new(name, scope, name, JsonSerializer.SerializeToElement(new { type = "object" }));

    private sealed class Read(string name) : IReadTool
    {
        public ToolDefinition Definition { get; } = FakeGate.Definition(name, ToolScope.Read);

        public Task<ReadResult> ReadAsync(PlanningContext context, JsonObject arguments, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class Write(string name) : IWriteTool
    {
        public ToolDefinition Definition { get; } = FakeGate.Definition(name, ToolScope.Write);

        public Task<PlanDraft> PlanAsync(PlanningContext context, JsonObject arguments, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}

internal sealed class FakePrincipals : IPrincipals
{
    public bool Closed { get; set; }

    public Task<Principal?> ReloadAsync(IHubReader reader, Principal principal, CancellationToken cancellationToken) => Task.FromResult<Principal?>(Closed ? null : principal);

    public Task<Principal?> FindAsync(IHubReader reader, string accountId, string? tokenId, string? authSessionId, CancellationToken cancellationToken) =>
        Task.FromResult<Principal?>(Closed ? null : new Principal(accountId, accountId, "member", authSessionId, tokenId, null, TokenScopes.All, DateTimeOffset.UnixEpoch));
}
