using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Sessions;

namespace ControlChat.Core.Mcp;

/// <summary>Every tool of a workspace, called through its one door.</summary>
public sealed class WorkspaceTools : IFurtherTools
{
    private readonly WorkspaceGate _gate;
    private readonly WorkspacePlaces _places;
    private readonly AgentRefusals _refusals;
    private readonly Dictionary<string, IWorkspaceTool> _byName;

    internal WorkspaceTools(IEnumerable<IWorkspaceTool> tools, WorkspaceGate gate, WorkspacePlaces places, AgentRefusals refusals)
    {
        All = [.. tools];
        (_gate, _places, _refusals) = (gate, places, refusals);
        _byName = All.ToDictionary(t => t.Definition.Name, StringComparer.Ordinal);
    }

    public IReadOnlyList<IWorkspaceTool> All { get; }

    public bool Has(string name) => _byName.ContainsKey(name);

    /// <returns>Null when there is no such tool.</returns>
    /// <exception cref="Hub.HubUnavailableException">The database does not answer.</exception>
    public async Task<WorkspaceOutcome?> CallAsync(WorkspaceCaller caller, string name, JsonElement arguments, CancellationToken cancellationToken)
    {
        if (!_byName.TryGetValue(name, out var tool))
        {
            await _refusals.RecordAsync(AgentRefusals.Tools, caller.Session, "unknown_tool", "invalid", "There is no such tool.");
            return null;
        }
        var call = new WorkspaceCall(name, tool.Definition.Scope, !tool.Definition.IsReadOnly, arguments) { Names = [.. All.Select(t => t.Definition).Where(d => d.Tool == tool.Definition.Tool).Select(d => d.Name)] };
        return await _gate.CallAsync(caller, call, stop => ActAsync(caller, tool, arguments, stop), cancellationToken);
    }

    private async Task<JsonObject> ActAsync(WorkspaceCaller caller, IWorkspaceTool tool, JsonElement arguments, CancellationToken cancellationToken)
    {
        using var files = _places.Open(caller);
        return await tool.CallAsync(new WorkspaceRequest(caller, files), arguments, cancellationToken);
    }
}
