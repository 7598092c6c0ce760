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

    public BoxOrder Order(AgentPlace place)
    {
        var codex = settings.Current.Sessions.Codex;
        var program = CodexProgram.Find(codex.Path) ?? throw new AgentException(CodexVersion.Check(null).Advice!);
        var model = codex.Model ?? settings.Current.Model.Name ?? AnyModel;
        var catalog = Path.Combine(place.Folder.Given, "models.json");
        if (codex.Catalog is { } own) File.Copy(own, catalog, overwrite: true);
        else File.WriteAllText(catalog, ModelCatalog.For(model));
        return new BoxOrder(
            program.File, [.. CodexArguments.AppServer, .. CodexConfiguration.Flags(program, model, place.Hub, catalog)], [program.Folder, place.Folder.Given], place.Workspace, place.Folder.Home,
            new Dictionary<string, string>
            {
                ["PATH"] = "/usr/local/bin:/usr/bin:/bin",
                ["HOME"] = place.Folder.Home,
                ["CODEX_HOME"] = place.Folder.Home,
                // Codex makes no helpers in a home below its temporary directory; nothing of ours is below this one.
                ["TMPDIR"] = "/var/tmp",
                ["LANG"] = "C.UTF-8",
                [CodexConfiguration.KeyVariable] = place.Handle,
            });
    }

    public IAgentDriver Attach(AgentPipes pipes) => new AppServerDriver(pipes, time);

    public IReadOnlyList<string> BatchArguments(string directory, string prompt, string? threadId) => CodexArguments.Exec(directory, prompt, threadId);

    public IAsyncEnumerable<AgentEvent> ReadBatchAsync(AgentPipes pipes, CancellationToken cancellationToken) => ExecReader.ReadAsync(pipes, time, cancellationToken);
}
