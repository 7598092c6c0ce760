using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;

namespace ControlChat.Tests.App.Workspaces;

/// <summary>A gate that lists what a test put there, answers as it was told and remembers what it was asked.</summary>
internal sealed class ScriptedGate : IToolGate, IToolCatalog
{
    public List<Workspace> Workspaces { get; } = [];

    public List<ToolCall> Calls { get; } = [];

    /// <summary>Answers what is not a look; by default it is done.</summary>
    public Func<ToolCall, Outcome> Answer { get; set; } = call => Done(call.Tool, $"Do {call.Tool}");

    /// <summary>The people of every workspace.</summary>
    public List<Member> Members { get; } = [];

    /// <summary>Whether this hub can start hosts.</summary>
    public bool HasHosts { get; set; }

    /// <summary>What <c>sync.status</c> answers; null: this hub does not say.</summary>
    public JsonObject? Sync { get; set; }

    IReadOnlyList<IControlTool> IToolCatalog.Offered => [];

    /// <summary>When set, every look fails with it.</summary>
    public OutcomeError? Fault { get; set; }

    public ToolCall Last => Calls.Last(c => !IsLook(c.Tool));

    public static Workspace Of(string title, string state = WorkspaceState.Active, string role = WorkspaceRole.Owner, params string[] tags)
    {
        var at = new DateTimeOffset(2026, 11, 21, 7, 0, 0, TimeSpan.Zero);
        return new Workspace(Ids.New("ws"), title, state, tags, false, role, 1, at, "acc_1", at, null, state == WorkspaceState.Trashed ? at : null, state == WorkspaceState.Trashed ? at.AddDays(12) : null, WorkspaceHost.Off);
    }

    public static Outcome Done(string tool, string summary, string? undo = null) => new()
    {
        RequestId = "req_1",
        ActionId = "act_1",
        Tool = tool,
        Status = "completed",
        Plan = PlanOf(tool, summary),
        Result = [],
        Undo = new UndoOffer(undo is null, null, undo),
    };

    public static Outcome Waits(string tool, string summary) => new()
    {
        RequestId = "req_1",
        Tool = tool,
        Status = "confirmation_required",
        RequiresConfirmation = true,
        Plan = PlanOf(tool, summary),
        ApprovalId = "apr_1",
        ApprovalUrl = "http://hub/approvals/apr_1",
    };

    public static Outcome Refused(string tool, string status, string message) => new() { RequestId = "req_1", Tool = tool, Status = status, Error = new OutcomeError(status, message) };

    public Task<Outcome> InvokeAsync(Principal principal, ToolCall call, CancellationToken cancellationToken)
    {
        Calls.Add(call);
        if (!IsLook(call.Tool)) return Task.FromResult(Answer(call));
        if (Fault is not null) return Task.FromResult(new Outcome { RequestId = call.RequestId, Tool = call.Tool, Status = "unavailable", Error = Fault });
        return Task.FromResult(new Outcome { RequestId = call.RequestId, Tool = call.Tool, Status = "completed", Result = call.Tool switch { "workspace.list" => List(call.Arguments), "sync.status" => Sync?.DeepClone().AsObject(), _ => Get(call.Arguments) } });
    }

    public Task<Outcome> ApplyPlanAsync(Principal principal, string planId, string? requestId, CallOrigin origin, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IControlTool? Find(string name) => HasHosts ? new SomeTool() : null;

    public bool IsOffered(IControlTool tool) => true;

    private sealed class SomeTool : IControlTool
    {
        public ToolDefinition Definition => throw new NotSupportedException("only its presence counts");
    }

    public Task<PlanDetail?> FindPlanAsync(Principal principal, string planId, CancellationToken cancellationToken) => throw new NotSupportedException();

    private static bool IsLook(string tool) => tool is "workspace.list" or "workspace.get" or "sync.status";

    private JsonObject List(JsonElement arguments)
    {
        var (text, state) = (Text(arguments, "text"), Text(arguments, "state"));
        var found = Workspaces.Where(w => (text is null || w.Title.Contains(text, StringComparison.OrdinalIgnoreCase)) && (state is null || w.State == state));
        return new JsonObject { ["items"] = JsonSerializer.SerializeToNode(found, Json.Wire), ["next_cursor"] = null };
    }

    private JsonObject? Get(JsonElement arguments) => Workspaces.Find(w => w.Id == Text(arguments, "workspace_id")) is { } found
        ? new JsonObject { ["workspace"] = JsonSerializer.SerializeToNode(found, Json.Wire), ["members"] = JsonSerializer.SerializeToNode(Members, Json.Wire) } : null;

    private static string? Text(JsonElement arguments, string name) => arguments.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static Plan PlanOf(string tool, string summary) => new()
    {
        Id = "pln_1",
        Hash = new string('a', 64),
        Tool = tool,
        Arguments = [],
        Summary = summary,
        Effects = [],
        ReadSet = [],
        Scope = ToolScope.Write,
        Access = false,
        Cost = null,
        Reversible = true,
        TypedConfirmation = null,
        Compensation = null,
        Steps = null,
        Warnings = [],
        Tainted = false,
        Decision = "none",
        CreatedAt = DateTimeOffset.UnixEpoch,
        ExpiresAt = DateTimeOffset.UnixEpoch,
    };
}
