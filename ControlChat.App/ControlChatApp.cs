using ControlChat.App.AgentChats;
using ControlChat.App.Api;
using ControlChat.App.Approvals;
using ControlChat.App.Ask;
using ControlChat.App.Audit;
using ControlChat.App.Conversations;
using ControlChat.App.History;
using ControlChat.App.Invitations;
using ControlChat.App.Layout;
using ControlChat.App.Live;
using ControlChat.App.Mcp;
using ControlChat.App.Operations;
using ControlChat.App.Sessions;
using ControlChat.App.Sessions.Embedding;
using ControlChat.App.Sessions.Offline;
using ControlChat.App.Sessions.Screens;
using ControlChat.App.Sessions.Streams;
using ControlChat.App.Settings;
using ControlChat.App.SignIn;
using ControlChat.App.Start;
using ControlChat.App.Telemetry;
using ControlChat.App.Tools;
using ControlChat.App.Usage;
using ControlChat.App.Workspaces;
using ControlChat.Core;
using ControlChat.Core.Accounts;
using ControlChat.Core.Handoff;
using ControlChat.Core.Logs;
using ControlChat.Core.Runner;
using ControlChat.Core.Sessions;
using ControlChat.Core.Settings;
using ControlChat.Core.Telemetry;
using ControlChat.Core.Webhooks;

namespace ControlChat.App;

/// <summary>The one startable app object: used by <c>Program</c>, by the tests and by the journeys (on port 0).</summary>
public sealed class ControlChatApp : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly HubOpening _opening;
    private readonly ProcessMode _mode;
    private bool _started;

    private ControlChatApp(WebApplication web) =>
        (_web, _opening, _mode) = (web, web.Services.GetRequiredService<HubOpening>(), web.Services.GetRequiredService<ProcessMode>());

    public IServiceProvider Services => _web.Services;

    /// <summary>The first address listened on, without a slash at the end; meaningful after <see cref="StartAsync"/>, empty for a worker without <c>Worker:Listen</c>.</summary>
    public string Url => _web.Services.GetRequiredService<OwnAddresses>().Listening;

    /// <param name="args">Settings as on the command line, <c>--mode</c> and <c>--urls</c>.</param>
    /// <param name="configure">For tests: replaces services before anything is built.</param>
    /// <exception cref="StartException">An address or the mode cannot be served.</exception>
    /// <exception cref="SettingsException">The settings have faults.</exception>
    public static ControlChatApp Create(string[] args, Action<IServiceCollection>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ContentRootPath = AppContext.BaseDirectory,
            ApplicationName = typeof(ControlChatApp).Assembly.GetName().Name,
        });
        var mode = ProcessMode.Parse(builder.Configuration["mode"]);
        var settings = HubConfigurationSource.Load(args);
        WebhookEvents.Check(settings.Options.Webhooks);
        builder.Services.AddSettings(settings).AddSingleton(settings.Paths).AddSingleton(mode).AddSingleton<HubRecord>().AddSingleton<HubOpening>();
        builder.Services.AddControlChatCore();
        if (mode.Worker) builder.Services.AddRunnerWorker().AddSessionWorker().AddHandoffFollower();
        // The framework tells a line for every endpoint and file; what a person would retell is the hub's own.
        builder.Logging.ClearProviders().AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information).AddFilter("ModelContextProtocol", LogLevel.Warning);
        builder.Services.AddTelemetry(settings.Paths.Logs, settings.Secrets.Values).AddLogKeeper();
        AddWeb(builder, settings, mode);
        configure?.Invoke(builder.Services);
        var web = builder.Build();
        Map(web, mode);
        return new ControlChatApp(web);
    }

    /// <exception cref="StartException">The data directory is in use, or the address is taken.</exception>
    /// <exception cref="SettingsException">The data directory is open to others, or cannot be made.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        // Counts from the start on, not from the first look.
        _ = Services.GetRequiredService<Scrape>();
        await _opening.OpenAsync(cancellationToken);
        _started = true;
        try
        {
            await _web.StartAsync(cancellationToken);
        }
        catch (IOException e)
        {
            throw new StartException(ExitCode.Failed, $"{e.Message} Set another address with --urls.");
        }
        var own = _web.Services.GetRequiredService<OwnAddresses>();
        own.Fill(_web.Services.GetRequiredService<AgentListener>().Fill([.. _web.Urls]));
        if (_mode.Web) _web.Services.GetRequiredService<ProxyGuard>().Begin();
        // A worker's own address has no pages: links need the public one.
        _web.Services.GetRequiredService<HubAddress>().PublicUrl = _mode.Web ? own.PublicUrl : Services.GetRequiredService<IHubSettings>().Current.Hub.PublicUrl?.TrimEnd('/') ?? "";
        if (Url.Length > 0) _opening.Announce(Url, _mode.Web);
    }

    /// <summary>The link to print after a start, as soon as the database is there; null where nobody may sign in by one, or nobody could open it.</summary>
    public async Task<string?> FindSignInLinkAsync(CancellationToken cancellationToken = default)
    {
        await _opening.Opened.WaitAsync(cancellationToken);
        return await TakesSignInLinksAsync(cancellationToken) ? await CreateSignInLinkAsync(cancellationToken) : null;
    }

    /// <summary>Whether <see cref="CreateSignInLinkAsync"/> has a use here: links are on, or nobody else could let the first admin in.</summary>
    public async Task<bool> TakesSignInLinksAsync(CancellationToken cancellationToken = default) =>
        _mode.Web && Url.Length > 0 && await Services.GetRequiredService<SignInPages>().TakesLinksAsync(cancellationToken);

    /// <summary>A fresh one-time link for the oldest open admin, valid 10 minutes.</summary>
    public async Task<string> CreateSignInLinkAsync(CancellationToken cancellationToken = default)
    {
        var owner = await Services.GetRequiredService<AccountDirectory>().EnsureOwnerAsync(Environment.UserName, cancellationToken);
        // Where links are off, people come by the public address, and the cookie is made for it.
        var address = Services.GetRequiredService<IHubSettings>().Current.SignsInByLink() ? Url : Services.GetRequiredService<OwnAddresses>().PublicUrl;
        return $"{address}/login?t={await Services.GetRequiredService<LinkSignIn>().CreateLinkAsync(owner.Id, AccountActor.Hub, cancellationToken)}";
    }

    /// <summary>It was asked to stop, maybe before it had started.</summary>
    internal bool IsStopping => _web.Lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>It stops because it could not go on, and wants to be started again.</summary>
    internal bool IsBroken => _opening.IsBroken;

    /// <summary>Until the process is asked to stop.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken = default) => _web.WaitForShutdownAsync(cancellationToken);

    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (!_started) return;
        _started = false;
        await _web.StopAsync(cancellationToken);
        await _opening.CloseAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _web.DisposeAsync();
    }

    private static void AddWeb(WebApplicationBuilder builder, LoadedSettings settings, ProcessMode mode)
    {
        builder.WebHost.UseStaticWebAssets();
        // Reloading edited files would add a route for every GET, under which a wrong method answers 404 in place of 405.
        builder.Configuration["ReloadStaticAssetsAtRuntime"] = "false";
        builder.WebHost.ListenAt(mode, builder.Configuration, settings.Options);
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.Limits.MaxRequestBodySize = RequestLimits.ReadAtMost(settings.Options.Limits);
        });
        builder.Services.AddKeyStorage(settings);
        builder.Services.AddRazorComponents().AddInteractiveServerComponents()
            // A message of the longest legal length, in the widest letters, fits into one call of the circuit.
            .AddHubOptions(o => o.MaximumReceiveMessageSize = Math.Max(64 * 1024, (settings.Options.Limits.MessageChars * 6L) + 4096));
        builder.Services.AddApi().AddSignIn().AddNumbersAndSpans(settings);
        builder.Services.AddLive();
        builder.Services.AddMcpDoors();
        if (mode.Worker) builder.Services.AddAgentModel();
        builder.Services.AddShell().AddAsk().AddWorkspacesPage().AddSettingsPage().AddApprovalCards().AddSessionPages().AddStreams().AddAgentChats().AddOperations().AddInvitationPages();
    }

    private static void Map(WebApplication web, ProcessMode mode)
    {
        web.UseApi();
        web.MapHealth();
        web.MapMetrics();
        if (mode.Worker)
        {
            web.MapAgentModel();
            web.MapAgentTools();
        }
        if (!mode.Web) return;
        web.MapStaticAssets().AllowAnonymous().With(PublicAsset.Mark);
        web.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        web.MapSignIn();
        web.MapInvitations();
        web.MapMe();
        web.MapAudit();
        web.MapHistory();
        web.MapUsage();
        web.MapTools();
        web.MapSync();
        web.MapApprovals();
        web.MapGrants();
        web.MapConversations();
        web.MapSessions();
        web.MapEmbedding();
        web.MapOffline();
        web.MapEmbedSignIn();
        web.MapSeedRoutes();
        web.MapMcp();
        web.MapOperations();
        web.MapWebhooks();
        web.MapRazorComponents<App>().AddInteractiveServerRenderMode().RequireBrowser();
    }
}
