using ControlChat.Core.Gate;
using ControlChat.Core.Settings;
using ControlChat.Core.Tools.Actions;
using ControlChat.Core.Tools.Audit;
using ControlChat.Core.Tools.Config;
using ControlChat.Core.Tools.Editors;
using ControlChat.Core.Tools.Handoff;
using ControlChat.Core.Tools.Invitations;
using ControlChat.Core.Tools.Logs;
using ControlChat.Core.Tools.Sessions;
using ControlChat.Core.Tools.Sync;
using ControlChat.Core.Tools.Ui;
using ControlChat.Core.Tools.Workspaces;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Tools;

/// <summary>Every control tool, one line each, in the order people and models see them.</summary>
public static class ControlTools
{
    public static IServiceCollection AddControlTools(this IServiceCollection services) => services
        .AddSingleton<IControlTool, ListWorkspaces>()
        .AddSingleton<IControlTool, GetWorkspace>()
        .AddSingleton<IControlTool, CreateWorkspace>()
        .AddSingleton<IControlTool, RenameWorkspace>()
        .AddSingleton<IControlTool, TagWorkspace>()
        .AddSingleton<IControlTool, PinWorkspace>()
        .AddSingleton<IControlTool, ArchiveWorkspace>()
        .AddSingleton<IControlTool, UnarchiveWorkspace>()
        .AddSingleton<IControlTool, DeleteWorkspace>()
        .AddSingleton<IControlTool, RestoreWorkspace>()
        .AddSingleton<IControlTool, PurgeWorkspace>()
        .AddSingleton<IControlTool, AddCollaborator>()
        .AddSingleton<IControlTool, RemoveCollaborator>()
        .AddSingleton<IControlTool, SetRole>()
        .AddSingleton<IControlTool, CreateInvitation>()
        .AddSingleton<IControlTool, RevokeInvitation>()
        .AddSingleton<IControlTool, ListInvitations>()
        .AddSingleton<IControlTool, StartHost>()
        .AddSingleton<IControlTool, StopHost>()
        .AddSingleton<IControlTool, ConfigureSync>()
        .AddSingleton<IControlTool, RunSync>()
        .AddSingleton<IControlTool, SyncStatus>()
        .AddSingleton<IControlTool, HandOver>()
        .AddSingleton<IControlTool, UiAction>()
        .AddSingleton<IControlTool, SearchAudit>()
        .AddSingleton<IControlTool, ConfigGet>()
        .AddSingleton<IControlTool, ConfigSet>()
        .AddSingleton<IControlTool, SearchLogs>()
        .AddSingleton<IControlTool, ListEditors>()
        .AddSingleton<IControlTool, StartSession>()
        .AddSingleton<IControlTool, MessageSession>()
        .AddSingleton<IControlTool, PlanBatch>()
        .AddSingleton<IControlTool, UndoAction>()
        .AddSingleton<IToolCatalog, ToolCatalog>();
}

/// <summary>The tools of this hub: its own, and those of its sources. The hub's kind decides which are offered, never the model.</summary>
internal sealed class ToolCatalog : IToolCatalog
{
    private readonly Dictionary<string, IControlTool> _tools;
    private readonly bool _lite;
    private readonly bool _hosts;
    private readonly IReadOnlyList<IControlTool> _own;
    private readonly IReadOnlyList<IToolSource> _sources;
    private volatile Together _together;

    public ToolCatalog(IEnumerable<IControlTool> tools, IEnumerable<IToolSource> sources, IHubSettings settings)
    {
        _sources = [.. sources];
        _tools = tools.ToDictionary(t => t.Definition.Name);
        _lite = settings.Current.Hub.IsLite;
        _hosts = settings.Current.Hosts.Driver != "none";
        _own = [.. _tools.Values.Where(t => IsOffered(t) && !t.Definition.IsCommand)];
        _together = new Together([], _own);
    }

    public IReadOnlyList<IControlTool> Offered
    {
        get
        {
            var parts = _sources.Select(s => s.Offered).ToList();
            if (_together.Parts.SequenceEqual(parts)) return _together.All;
            _together = new Together(parts, [.. _own, .. parts.SelectMany(p => p)]);
            return _together.All;
        }
    }

    public IControlTool? Find(string name) => _tools.GetValueOrDefault(name) ?? _sources.Select(s => s.Find(name)).FirstOrDefault(t => t is not null);

    public bool IsOffered(IControlTool tool) => (_lite ? tool.Definition.Lite : tool.Definition.Full) && (_hosts || !tool.Definition.NeedsHosts);

    /// <param name="Parts">What each source offered then: lists compared by identity.</param>
    private sealed record Together(IReadOnlyList<IReadOnlyList<IControlTool>> Parts, IReadOnlyList<IControlTool> All);
}
