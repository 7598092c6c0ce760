using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Sessions.Tokens;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Mcp.CommandTools;

/// <summary>A command that the operator allows, without a shell (R165-R169).</summary>
internal sealed class RunCommand(BoxedCommands commands, CommandLanes lanes, IHubSettings settings) : WorkspaceTool<RunCommand.Arguments>("run_command", AgentScopes.DocumentsWrite,
    "Runs one command in the workspace, without a shell, without input and without network. Only commands that the operator allows. Answers its exit code, the beginning of its output and the end of its errors.")
{
    private const int MostOutput = 64 * 1024;
    private const int UsualSeconds = 60;

    protected override async Task<JsonObject> RunAsync(WorkspaceRequest request, Arguments arguments, CancellationToken cancellationToken)
    {
        // In the namespace the whole workspace is open.
        request.Files.Check(".");
        var file = Find(arguments.Command[0]);
        var directory = DirectoryOf(request, arguments.Cwd);
        using var lane = lanes.Enter(request.Caller.Session.Id);
        var workspace = request.Caller.Session.DirectoryIn(settings);
        var result = await commands.RunAsync(
            new BoxedRun(file, [.. arguments.Command.Skip(1)], workspace, directory is null ? null : Path.Combine(workspace, directory), new Dictionary<string, string>(), Network: false,
                TimeSpan.FromSeconds(arguments.TimeoutSeconds ?? UsualSeconds), MostOutput), cancellationToken);
        return new JsonObject
        {
            ["exit_code"] = result.ExitCode,
            ["timed_out"] = result.TimedOut,
            ["output"] = result.Output,
            ["output_cut"] = result.IsCut,
            ["errors"] = result.Errors,
        };
    }

    private string Find(string name)
    {
        var allowed = settings.Current.Sessions.Commands;
        if (!allowed.Contains(name, StringComparer.Ordinal))
        {
            throw new ToolRefusedException("denied", "command_not_allowed", allowed.Count == 0
                ? "No command may be run here. The operator of this hub allows commands by their base names in the setting Sessions:Commands, such as [\"ls\"]."
                : $"'{(name.Length <= 60 ? name : name[..60] + "…")}' may not be run here. Name a command by its base name, one of: {string.Join(", ", allowed)} (Sessions:Commands).");
        }
        return BoxedCommands.Folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists) ?? throw ToolRefusedException.NotFound($"'{name}' is allowed, but not on this machine.");
    }

    // It must be a directory that the files' own door opens: in the workspace, whatever links there are.
    private static string? DirectoryOf(WorkspaceRequest request, string? path)
    {
        if (path is null or "" or ".") return null;
        if (path.Contains('\\', StringComparison.Ordinal)) throw ToolRefusedException.Invalid("A command runs in a directory whose name can be written without escapes.");
        request.Files.List(path, null, 1);
        return path;
    }

    internal sealed record Arguments(
        [Description("The command's base name and its arguments, each an entry. No shell reads them.")][MinLength(1)][MaxLength(200)] IReadOnlyList<string> Command,
        [Description("The directory to run in, relative to the workspace; without it the workspace.")][MaxLength(4096)] string? Cwd = null,
        [Description("After so many seconds it is ended; 60 unless said otherwise.")][Range(1, 600)] int? TimeoutSeconds = null);
}
