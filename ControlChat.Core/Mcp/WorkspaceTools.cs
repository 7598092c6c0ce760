using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Sessions;
using ControlChat.Core.Usage;

namespace ControlChat.Core.Mcp;

/// <summary>Every tool of a workspace, called through its one door.</summary>
public sealed class WorkspaceTools : IFurtherTools, IProfileTools
{
    private readonly WorkspaceGate _gate;
    private readonly WorkspacePlaces _places;
    private readonly AgentProfiles _profiles;
    private readonly AgentRefusals _refusals;
    private readonly UsageCounts _usage;
    private readonly Dictionary<string, IWorkspaceTool> _byName;

    internal WorkspaceTools(IEnumerable<IWorkspaceTool> tools, WorkspaceGate gate, WorkspacePlaces places, AgentProfiles profiles, AgentRefusals refusals, UsageCounts usage)
    {
        All = [.. tools];
        (_gate, _places, _profiles, _refusals, _usage) = (gate, places, profiles, refusals, usage);
        _byName = All.ToDictionary(t => t.Definition.Name, StringComparer.Ordinal);
    }

    public IReadOnlyList<IWorkspaceTool> All { get; }

    public IReadOnlyList<string> Words => [.. McpServices.Modules.Keys, .. _byName.Keys];

    /// <summary>Those that the caller's session has by its profile, as that is now: one that is named by one of its names has all of them.</summary>
    public IReadOnlyList<IWorkspaceTool> OfferedTo(WorkspaceCaller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        if (_profiles.Find(caller.Session.Profile) is not { Fault: null } profile) return [];
        if (profile.Tools is null) return All;
        var names = profile.Tools.SelectMany(word => McpServices.Modules.GetValueOrDefault(word) ?? [word]).ToHashSet(StringComparer.Ordinal);
        var tools = All.Select(t => t.Definition).Where(d => names.Contains(d.Name)).Select(d => d.Tool).ToHashSet(StringComparer.Ordinal);
        return [.. All.Where(t => tools.Contains(t.Definition.Tool))];
    }

    public bool Has(string name) => _byName.ContainsKey(name);

    /// <returns>Null when there is no such tool.</returns>
    /// <exception cref="Hub.HubUnavailableException">The database does not answer.</exception>
    public async Task<WorkspaceOutcome?> CallAsync(WorkspaceCaller caller, string name, JsonElement arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var since = Stopwatch.GetTimestamp();
        var status = "unavailable";
        try
        {
            var outcome = await EnterAsync(caller, name, arguments, cancellationToken);
            status = outcome?.Status ?? "invalid";
            return outcome;
        }
        finally
        {
            _usage.Called(caller.Session.OwnerId, caller.Session.TokenId, UsageKinds.AgentTool, Has(name) ? name : UsageKinds.Unknown, status, Stopwatch.GetElapsedTime(since));
        }
    }

    private async Task<WorkspaceOutcome?> EnterAsync(WorkspaceCaller caller, string name, JsonElement arguments, CancellationToken cancellationToken)
    {
        if (!_byName.TryGetValue(name, out var tool))
        {
            await _refusals.RecordAsync(AgentRefusals.Tools, caller.Session, "unknown_tool", "invalid", "There is no such tool.");
            return null;
        }
        var offered = OfferedTo(caller);
        if (!offered.Contains(tool))
        {
            var words = $"The profile '{caller.Session.Profile}' of this session does not have '{name}'. It has: {string.Join(", ", offered.Select(t => t.Definition.Name))}.";
            await _refusals.RecordAsync(AgentRefusals.Tools, caller.Session, "tool_not_offered", "denied", words, name);
            return WorkspaceOutcome.Refused("denied", "tool_not_offered", words);
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
