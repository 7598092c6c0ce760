using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.App.SignIn;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;

namespace ControlChat.App.Workspaces;

/// <summary>The page's way through the one door: every look and every change is a tool call of the signed-in person.</summary>
public sealed class WorkspaceCalls(IToolGate gate, CircuitPrincipal who)
{
    private static readonly CallOrigin Page = new("ui");

    public Task<Outcome> CallAsync(string tool, object arguments, CancellationToken cancellationToken) =>
        gate.InvokeAsync(who.Required, new ToolCall(tool, Ids.New("req"), JsonSerializer.SerializeToElement(arguments, Json.Wire), Page), cancellationToken);

    /// <summary>One call for one workspace; one plan with many steps for more.</summary>
    /// <param name="arguments">Of one workspace, by its id.</param>
    public Task<Outcome> ForEachAsync(string tool, IReadOnlyList<string> ids, Func<string, JsonObject> arguments, CancellationToken cancellationToken) => ids.Count == 1
        ? CallAsync(tool, arguments(ids[0]), cancellationToken)
        : CallAsync("plan.batch", new { steps = ids.Select(id => new { tool, arguments = arguments(id) }) }, cancellationToken);

    /// <param name="rows">At most so many, 1-200.</param>
    public async Task<WorkspaceList> ListAsync(WorkspacesQuery query, int rows, CancellationToken cancellationToken)
    {
        var outcome = await CallAsync("workspace.list", new { text = query.Text, tag = query.Tag, state = query.State, cursor = query.Cursor, limit = rows }, cancellationToken);
        return outcome.Result is { } result
            ? new WorkspaceList(result["items"].Deserialize<Workspace[]>(Json.Wire)!, (string?)result["next_cursor"], null)
            : new WorkspaceList([], null, outcome.Error ?? new OutcomeError(outcome.Status, Texts.ListDidNotCome));
    }

    /// <summary>Null when there is none, or the person may not see it.</summary>
    public async Task<OpenWorkspace?> FindAsync(string id, CancellationToken cancellationToken) =>
        (await CallAsync("workspace.get", new { workspace_id = id }, cancellationToken)).Result is { } result && result["workspace"].Deserialize<Workspace>(Json.Wire) is { } workspace
            ? new OpenWorkspace(workspace, result["members"].Deserialize<Member[]>(Json.Wire) ?? []) : null;

    /// <summary>With what a workspace is synced; null when this hub does not say.</summary>
    public async Task<WorkspaceSync?> SyncAsync(string id, CancellationToken cancellationToken) =>
        (await CallAsync("sync.status", new { workspace_id = id }, cancellationToken)).Result is { } result ? result.Deserialize<WorkspaceSync>(Json.Wire) : null;
}

/// <summary>The workspace of the drawer with its people.</summary>
public sealed record OpenWorkspace(Workspace Workspace, IReadOnlyList<Member> Members);

/// <param name="Fault">Why there is no list; null when there is one.</param>
public sealed record WorkspaceList(IReadOnlyList<Workspace> Items, string? NextCursor, OutcomeError? Fault);
