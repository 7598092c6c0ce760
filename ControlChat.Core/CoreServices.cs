using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Bus;
using ControlChat.Core.Conversations;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Logs;
using ControlChat.Core.Mcp;
using ControlChat.Core.Runner;
using ControlChat.Core.Sessions;
using ControlChat.Core.Settings;
using ControlChat.Core.Sync;
using ControlChat.Core.Tools;
using ControlChat.Core.Tools.Config;
using ControlChat.Core.Tools.Invitations;
using ControlChat.Core.Tools.Sessions;
using ControlChat.Core.Tools.Sync;
using ControlChat.Core.Tools.Workspaces;
using ControlChat.Core.Usage;
using ControlChat.Core.Webhooks;
using ControlChat.Core.Workspaces;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core;

/// <summary>The table of contents of the core: one line per room.</summary>
public static class CoreServices
{
    public static IServiceCollection AddControlChatCore(this IServiceCollection services) => services
        .AddHub(p => p.GetRequiredService<LoadedSettings>().Place)
        .AddAudit(p => PlacesOf(p.GetRequiredService<HubPaths>(), p.GetRequiredService<HubKeyring>()))
        .AddAccounts()
        .AddWorkspaces()
        .AddSync()
        .AddWebhooks()
        .AddUsage()
        .AddUiActions()
        .AddBus(p => RedisOf(p.GetRequiredService<IHubSettings>().Current, p.GetRequiredService<HubSecrets>()))
        .AddConversations()
        .AddGate()
        .AddSessions()
        .AddControlTools()
        .AddConfigTools()
        .AddLogs()
        .AddWorkspaceTools()
        .AddInvitations()
        .AddSyncTools()
        .AddSessionTools()
        .AddAgentKinds()
        .AddModels()
        .AddRunner()
        .AddMcp();

    /// <summary>Where the bus is; null when it is in the hub's own database.</summary>
    public static RedisPlace? RedisOf(HubOptions options, HubSecrets secrets) => options is { BusKind: "redis", Bus.Redis: var redis }
        ? new RedisPlace(redis.Endpoint, redis.Tls, secrets.Find("Bus:Redis:Password"), redis.AllowNoPassword, redis.Database)
        : null;

    private static AuditPlaces PlacesOf(HubPaths paths, HubKeyring keys) => new(paths.DataDirectory, paths.CheckpointDirectory) { SharedKeys = keys.Shared };
}
