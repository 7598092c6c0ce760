using ControlChat.Core.Audit;
using ControlChat.Core.Bus;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Mcp.CommandTools;
using ControlChat.Core.Mcp.DocumentTools;
using ControlChat.Core.Mcp.FileTools;
using ControlChat.Core.Mcp.RunTools;
using ControlChat.Core.Mcp.Servers;
using ControlChat.Core.Sessions;
using ControlChat.Core.Settings;
using ControlChat.Core.Usage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Mcp;

public static class McpServices
{
    /// <summary>Every tool that agents call inside their workspace; the last ones are other names of earlier ones.</summary>
    internal static IReadOnlyList<IWorkspaceTool> Tools(BoxedCommands commands, CommandLanes lanes, IHubSettings settings) =>
    [
        new DescribeContents(), new ListFiles(), new ReadFile(),
        new ListSections(), new ReadSection(), new ReplaceSection(), new GenerateToc(), new EditDocument(),
        new RunCommand(commands, lanes, settings), new FetchRepository(commands, lanes, settings),
        new DescribeRunContents(), new ListRunFiles(), new ReadRunFile(), new ListReportSections(), new ReadReportSection(), new ReplaceReportSection(),
    ];

    /// <summary>What a profile may name in place of all tools of a kind.</summary>
    internal static IReadOnlyDictionary<string, IReadOnlyList<string>> Modules { get; } = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
    {
        ["files"] = ["describe_workspace_contents", "list_workspace_files", "read_workspace_file"],
        ["documents"] = ["list_sections", "read_section", "replace_section", "generate_toc", "edit_document"],
        ["commands"] = ["run_command", "fetch_repository"],
    };

    public static IServiceCollection AddMcp(this IServiceCollection services) => services
        .AddSingleton<WorkspacePlaces>()
        .AddSingleton<BoxedCommands>()
        .AddSingleton<CommandLanes>()
        .AddSingleton(p => new WorkspaceTools(
            Tools(p.GetRequiredService<BoxedCommands>(), p.GetRequiredService<CommandLanes>(), p.GetRequiredService<IHubSettings>()), p.GetRequiredService<WorkspaceGate>(), p.GetRequiredService<WorkspacePlaces>(), p.GetRequiredService<AgentProfiles>(), p.GetRequiredService<AgentRefusals>(), p.GetRequiredService<UsageCounts>()))
        .AddSingleton<IFurtherTools>(p => p.GetRequiredService<WorkspaceTools>())
        .AddSingleton<IProfileTools>(p => p.GetRequiredService<WorkspaceTools>())
        .AddSingleton<WorkspaceServer>()
        .AddSingleton<ControlServer>()
        .AddToolServers();

    private static IServiceCollection AddToolServers(this IServiceCollection services) => services
        .AddSingleton<ServerConnections>()
        .AddSingleton<ServerCaller>()
        .AddSingleton<ServerCalls>()
        .AddSingleton<IOutboxHandler>(p => p.GetRequiredService<ServerCalls>())
        .AddHostedService(p => p.GetRequiredService<ServerCalls>())
        .AddSingleton(p => new ToolServers(
            p.GetRequiredService<HubDatabase>(), p.GetRequiredService<ServerCaller>(), p.GetRequiredService<ServerCalls>(), p.GetRequiredService<IAuditTrail>(), p.GetRequiredService<IBus>(),
            p.GetRequiredService<IHubSettings>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<ToolServers>>()))
        .AddSingleton<IToolSource>(p => p.GetRequiredService<ToolServers>())
        .AddSingleton<IResourceVersions, ServerToolVersions>()
        .AddSingleton<IControlTool, AcceptDefinition>()
        .AddHostedService(p => p.GetRequiredService<ToolServers>());
}
