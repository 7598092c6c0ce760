using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>The Codex CLI as a workspace agent.</summary>
internal sealed class CodexAgent(IHubSettings settings, TimeProvider time) : IAgentKind
{
    // The relay asks the hub's model whatever is asked for; the name only finds the entry of the catalogue.
    private const string AnyModel = "hub";

    public string Name => "codex";

    public string Profile => CodexConfiguration.Profile;

    public async Task<AgentVersion> FindAsync(CancellationToken cancellationToken) =>
        CodexProgram.Find(settings.Current.Sessions.Codex.Path) is { } program ? await CodexVersion.AskAsync(program, time, cancellationToken) : CodexVersion.Check(null);

    public BoxOrder Order(AgentPlace place) => Order(place, CodexArguments.AppServer);

    public BoxOrder BatchOrder(AgentPlace place, string prompt, string? threadId) => Order(place, CodexArguments.Exec(place.Workspace, prompt, threadId));

    public BoxOrder TerminalOrder(AgentPlace place)
    {
        var order = Order(place, CodexArguments.Terminal(place.Workspace, HasHidden(place.Workspace)));
        return order with { Environment = new Dictionary<string, string>(order.Environment) { ["COLORTERM"] = "truecolor" } };
    }

    public IAgentDriver Attach(AgentPipes pipes) => new AppServerDriver(pipes, time);

    public IAsyncEnumerable<AgentEvent> ReadBatchAsync(AgentPipes pipes, CancellationToken cancellationToken) => ExecReader.ReadAsync(pipes, time, cancellationToken);

    // .git, .codex and whatever else may hold settings that run programs.
    private static bool HasHidden(string workspace) => Directory.EnumerateFileSystemEntries(workspace, ".*").Any();

    private BoxOrder Order(AgentPlace place, IReadOnlyList<string> arguments)
    {
        var codex = settings.Current.Sessions.Codex;
        var program = CodexProgram.Find(codex.Path) ?? throw new AgentException(CodexVersion.Check(null).Advice!);
        var model = codex.Model ?? settings.Current.Model.Name ?? AnyModel;
        var catalog = place.Folder.Give("models.json", codex.Catalog is { } own ? File.ReadAllText(own) : ModelCatalog.For(model));
        // Flags stand right behind the subcommand, or the flag that is in its place: what follows may end in a prompt.
        return new BoxOrder(
            program.File, [arguments[0], .. CodexConfiguration.Flags(program, model, place.Hub, catalog), .. arguments.Skip(1)], [program.Reads, place.Folder.Given], place.Workspace, place.Folder.Home,
            new Dictionary<string, string>
            {
                ["PATH"] = "/usr/local/bin:/usr/bin:/bin",
                ["HOME"] = place.Folder.Home,
                ["CODEX_HOME"] = place.Folder.Home,
                // Codex makes no helpers in a home below its temporary directory; nothing of ours is below this one.
                ["TMPDIR"] = "/var/tmp",
                ["LANG"] = "C.UTF-8",
                [CodexConfiguration.KeyVariable] = place.Handle,
            })
        {
            // Its threads and what it knows of them. Its configuration, its rules and what it would be told are not among it.
            Kept = ["sessions", "*.sqlite", "*.sqlite-wal", "*.sqlite-shm"],
        };
    }
}
