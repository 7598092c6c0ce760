using System.Globalization;
using System.Runtime.InteropServices;
using ControlChat.App.Start;
using ControlChat.Core;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Core.Processes;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Settings;

namespace ControlChat.App.Commands;

/// <summary>Prints each part the hub needs with its version, or what to install.</summary>
internal sealed class DoctorCommand : ICommand
{
    private static readonly string[] Browsers = ["chromium", "chromium-browser", "google-chrome"];

    public string Name => "doctor";

    public IReadOnlyList<string> Usage { get; } = ["doctor"];

    public async Task<int> RunAsync(CommandLine line, CommandOutput output, CancellationToken cancellationToken)
    {
        line.Allow();
        var settings = HubConfigurationSource.Load(line.Settings);
        Part[] parts =
        [
            Runtime(), await DatabaseAsync(settings.Place, cancellationToken), await BusAsync(settings, cancellationToken), Library(), Data(settings.Paths.DataDirectory), Model(settings.Options),
            Program("rsync", "rsync"), Program("ssh", "openssh-client"), await AgentsAsync(settings, cancellationToken), await TerminalsAsync(settings, cancellationToken), await CodexAsync(settings, cancellationToken), Browser(),
        ];
        foreach (var part in parts) await output.Out.WriteLineAsync($"{part.State,-8} {part.Name,-15} {part.Detail}");
        return parts.Any(p => p.State == "missing") ? ExitCode.Failed : ExitCode.Done;
    }

    private static Part Runtime() => new("ok", ".NET runtime", RuntimeInformation.FrameworkDescription);

    private static async Task<Part> DatabaseAsync(HubPlace place, CancellationToken cancellationToken)
    {
        if (place.ConnectionString is null) return new("ok", "database", "SQLite, hub.db in the data directory");
        await using var services = new ServiceCollection().AddSingleton(TimeProvider.System).AddHub(_ => place).BuildServiceProvider();
        try
        {
            var found = await services.GetRequiredService<HubDatabase>().DescribeAsync(cancellationToken);
            return new("ok", "database", $"{found.Server}; the role of Hub:ConnectionString {(found.RecordCanBeChanged ? "could change rows of the record (see role.sql)" : "cannot change rows of the record")}");
        }
        catch (HubUnavailableException e)
        {
            return new("missing", "database", e.Message);
        }
    }

    private static async Task<Part> BusAsync(LoadedSettings settings, CancellationToken cancellationToken)
    {
        if (CoreServices.RedisOf(settings.Options, settings.Secrets) is not { } place) return new("ok", "bus", "in the hub's database");
        await using var services = new ServiceCollection().AddSingleton(TimeProvider.System).AddLogging().AddBus(_ => place).BuildServiceProvider();
        var bus = services.GetRequiredService<IBus>();
        if (await bus.RefusalAsync(cancellationToken) is { } fault) return new("missing", "bus", fault);
        return await AnswersAsync(bus, cancellationToken)
            ? new("ok", "bus", place.Tls ? $"{place}, over TLS" : $"{place}")
            : new("missing", "bus", $"{place} does not answer; check Bus:Redis:Endpoint and that server");
    }

    // Its connection may still be on its way.
    private static async Task<bool> AnswersAsync(IBus bus, CancellationToken cancellationToken)
    {
        for (var tries = 5; tries > 0; tries--)
            if (await bus.IsHealthyAsync(cancellationToken)) return true;
        return false;
    }

    // The index of the log is SQLite on every hub.
    private static Part Library()
    {
        try
        {
            return new("ok", "SQLite library", SqliteLibrary.Version);
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException)
        {
            return new("missing", "SQLite library", "install it: apt-get install libsqlite3-0");
        }
    }

    private static Part Data(string path)
    {
        if (!Directory.Exists(path)) return new("ok", "data directory", $"{path} (made at the first start)");
        var mode = File.GetUnixFileMode(path);
        var octal = Convert.ToString((int)mode, 8).PadLeft(4, '0').ToString(CultureInfo.InvariantCulture);
        return (mode & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)) == 0
            ? new("ok", "data directory", $"{path} (mode {octal})")
            : new("missing", "data directory", $"{path} is open to others (mode {octal}); run: chmod 700 '{path}'");
    }

    private static Part Model(HubOptions options) => ModelChoice.Of(options) switch
    {
        { Provider: "offline" } => new("ok", "model", "offline planner; set OPENAI_API_KEY or Model:Endpoint for a model"),
        { Provider: var provider, Name: var name } => new("ok", "model", $"{provider} {name ?? "(default model)"}".TrimEnd()),
    };

    // A hub without them works; what needs them says so.
    private static Part Program(string name, string package) => Programs.Find(name) is { } path
        ? new("ok", name, $"{path} (for syncing workspaces)")
        : new("optional", name, $"for syncing workspaces; install it: apt-get install {package}");

    // Without a namespace no agent is started; the hub serves all else.
    private static async Task<Part> AgentsAsync(LoadedSettings settings, CancellationToken cancellationToken)
    {
        var processes = new AgentProcesses(settings.Paths, AgentUser.Of(settings.Options.Sessions), TimeProvider.System);
        return await processes.FaultAsync(cancellationToken) is { } fault ? new("optional", "agents", fault)
            : new("ok", "agents", $"each can run in a namespace of its own, {(processes.User.Id is { } id ? $"as user {id}" : "as this user; a hub that is root gives them another")}");
    }

    // What holds a terminal: without it none is started; the hub serves all else.
    private static async Task<Part> TerminalsAsync(LoadedSettings settings, CancellationToken cancellationToken)
    {
        await using var services = new ServiceCollection().AddSingleton(TimeProvider.System).AddSingleton(settings.Paths).AddSingleton<IHubSettings>(new SettingsAtStart(settings))
            .AddSingleton(new AgentProcesses(settings.Paths, AgentUser.Of(settings.Options.Sessions), TimeProvider.System)).AddTerminalHost().BuildServiceProvider();
        var host = services.GetRequiredService<ITerminalHost>();
        return await host.FaultAsync(cancellationToken) is { } fault ? new("optional", "terminals", fault) : new("ok", "terminals", await host.DescribeAsync(cancellationToken));
    }

    private static async Task<Part> CodexAsync(LoadedSettings settings, CancellationToken cancellationToken)
    {
        await using var services = new ServiceCollection().AddSingleton<IHubSettings>(new SettingsAtStart(settings)).AddAgentKinds().BuildServiceProvider();
        return await services.GetRequiredService<IAgentKind>().FindAsync(cancellationToken) switch
        {
            { Usable: true, Advice: null, Version: var version } => new("ok", "codex", $"{version} (for agents in workspaces)"),
            { Usable: true, Advice: var warning } => new("ok", "codex", warning),
            { Advice: var advice } => new("optional", "codex", advice ?? "it cannot be used"),
        };
    }

    private static Part Browser()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        var found = Browsers.SelectMany(b => folders.Select(f => Path.Combine(f, b))).FirstOrDefault(File.Exists);
        return found is null ? new("optional", "Chromium", "for the browser tests only; install it: apt-get install chromium") : new("ok", "Chromium", $"{found} (for the browser tests)");
    }

    // What an admin changed is in the database, and has no part in this.
    private sealed class SettingsAtStart(LoadedSettings settings) : IHubSettings
    {
        public HubOptions Current => settings.Options;

        public HubPaths Paths => settings.Paths;
    }

    private sealed record Part(string State, string Name, string Detail);
}
