using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Sessions.Handoffs;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Archives;
using ControlChat.Core.Sessions.Terminals.Hosts;
using ControlChat.Core.Sessions.Terminals.Live;
using ControlChat.Core.Sessions.Terminals.Live.Links;
using ControlChat.Core.Sessions.Terminals.Records;
using ControlChat.Core.Sessions.Tickets;
using ControlChat.Core.Sessions.Tokens;
using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Core.Sessions.Work;
using ControlChat.Core.Settings;
using ControlChat.Core.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Sessions;

public static class SessionsServices
{
    /// <summary>Sessions of workspace agents: their rows, their doors and their tokens.</summary>
    public static IServiceCollection AddSessions(this IServiceCollection services) => services.AddFigures(SessionFigures.All).AddSessionKeys()
        .AddSingleton<SessionStore>()
        .AddSingleton<HandoffStore>()
        .AddSingleton<SessionDoor>()
        .AddSingleton<SessionBudget>()
        .AddSingleton<AgentAddress>()
        .AddSingleton<AgentRefusals>()
        .AddSingleton<WorkspaceGate>()
        .AddSingleton<AgentCgroups>()
        .AddSingleton(p => new AgentProcesses(
            p.GetRequiredService<HubPaths>(), AgentUser.Of(p.GetRequiredService<IHubSettings>().Current.Sessions), p.GetRequiredService<TimeProvider>(), cgroups: p.GetRequiredService<AgentCgroups>()))
        .AddSingleton<AgentLauncher>()
        .AddSingleton<ITerminalPrograms, TerminalPrograms>()
        .AddTerminalHost()
        .AddSingleton<AgentProfiles>()
        .AddSingleton<SessionEnding>()
        .AddSingleton<SessionAccess>()
        .AddSingleton<SessionQueueing>()
        .AddSingleton<SessionCommands>()
        .AddSingleton<SessionJournal>()
        .AddSingleton<SessionTools>()
        .AddSingleton<SessionDesk>()
        .AddSingleton<SessionSearch>()
        .AddSingleton(p => new LinkSeal(new OwnKey("terminal-links", Path.Combine(p.GetRequiredService<HubPaths>().DataDirectory, "keys", "terminal-links.pem"), p.GetRequiredService<HubKeyring>().Shared)))
        .AddSingleton<LiveTerminals>()
        .AddSingleton<ITerminals>(p => p.GetRequiredService<LiveTerminals>())
        .AddSingleton<TranscriptShelf>()
        .AddSingleton<TranscriptReady>()
        .AddSingleton<TranscriptRecorder>()
        .AddSingleton<TerminalRecords>()
        .AddSingleton<ITerminalRecords>(p => p.GetRequiredService<TerminalRecords>())
        .AddSingleton<TerminalArchive>()
        .AddSingleton<RecordPlaces>()
        .AddSingleton<IEndedTerminals>(p => p.GetRequiredService<RecordPlaces>())
        .AddSingleton<TerminalReading>()
        .AddSingleton(p => new SessionTranscripts(
            p.GetRequiredService<HubDatabase>(), p.GetRequiredService<IPrincipals>(), p.GetRequiredService<SessionStore>(), p.GetRequiredService<SessionAccess>(),
            p.GetRequiredService<Redactor>(), p.GetRequiredService<IAuditTrail>(), p.GetRequiredService<TranscriptRecorder>(), p.GetRequiredService<RecordPlaces>()))
        .AddSingleton(p => new AgentTokenKey(new OwnKey("session-tokens", Path.Combine(p.GetRequiredService<HubPaths>().DataDirectory, "keys", "session-tokens.pem"), p.GetRequiredService<HubKeyring>().Shared)))
        .AddSingleton(p => new AgentTokens(p.GetRequiredService<HubDatabase>(), p.GetRequiredService<SessionStore>(), p.GetRequiredService<HubIdentity>(), p.GetRequiredService<AgentTokenKey>()));

    // The doors of people's terminals.
    private static IServiceCollection AddSessionKeys(this IServiceCollection services) => services
        .AddSingleton<SessionSights>()
        .AddSingleton(p => new SessionTickets(p.GetRequiredService<HubDatabase>(), p.GetRequiredService<SessionSights>(), p.GetRequiredService<IAccountRecord>()))
        .AddHostedService<SessionTicketSweeper>();

    /// <summary>What holds terminals on this machine, as the settings say.</summary>
    public static IServiceCollection AddTerminalHost(this IServiceCollection services) =>
        services.AddSingleton<ITerminalHost>(p => p.GetRequiredService<IHubSettings>().Current.Sessions.Terminal.Host == TmuxHost.Setting
            ? ActivatorUtilities.CreateInstance<TmuxHost>(p) : ActivatorUtilities.CreateInstance<PtyHost>(p));

    /// <summary>The worker that runs them, for processes that work.</summary>
    public static IServiceCollection AddSessionWorker(this IServiceCollection services) =>
        services.AddSingleton<AgentReadiness>().AddSingleton<SessionRemains>().AddSingleton<SessionWorks>().AddSingleton(TerminalToolsOf).AddHostedService<SessionWorker>().AddSingleton<TranscriptKeeper>().AddHostedService(p => p.GetRequiredService<TranscriptKeeper>())
            .AddSingleton<TerminalArchiver>().AddHostedService(p => p.GetRequiredService<TerminalArchiver>());

    private static IServiceCollection AddFigures(this IServiceCollection services, IEnumerable<HubFigure> figures)
    {
        foreach (var figure in figures) services.AddSingleton(figure);
        return services;
    }

    private static TerminalTools TerminalToolsOf(IServiceProvider p) => new(
        p.GetRequiredService<ITerminalHost>(), p.GetRequiredService<ITerminalPrograms>(), p.GetRequiredService<ITerminalRecords>(), p.GetRequiredService<LiveTerminals>(),
        p.GetRequiredService<SessionAccess>(), p.GetRequiredService<IPrincipals>(), p.GetRequiredService<IAuditTrail>(), p.GetRequiredService<TranscriptReady>(), () => new EscapeFilter().Filter);
}
