using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Core.Files;
using ControlChat.Core.Gate;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Sessions.Tokens;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Mcp.CommandTools;

/// <summary>
/// Clones a repository into the workspace. Git runs in a namespace of its own with nothing of the hub in it: no credentials, no prompt, no
/// hook, no filter, no submodule, no redirect, one protocol. What it would check out is measured before it is.
/// </summary>
internal sealed class FetchRepository(BoxedCommands commands, CommandLanes lanes, IHubSettings settings) : WorkspaceTool<FetchRepository.Arguments>("fetch_repository", AgentScopes.DocumentsWrite,
    "Clones a public git repository into a new directory of the workspace, without submodules. Only from hosts that the operator allows.")
{
    // Of the clone in its home.
    private const string Name = "clone";
    private const string Git = "/usr/bin/git";
    private const long MostBytes = 512L * 1024 * 1024;
    private const int MostFiles = 100_000;

    // A line of ls-tree, many times over.
    private const int MostListing = 2 * 1024 * 1024;
    private static readonly TimeSpan MostToFetch = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MostToList = TimeSpan.FromMinutes(1);

    private static readonly string[] Off =
    [
        "-c", "http.followRedirects=false", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "credential.helper=", "-c", "submodule.recurse=false",
        "-c", "filter.lfs.smudge=", "-c", "filter.lfs.process=", "-c", "filter.lfs.required=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "advice.detachedHead=false",
        "-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=30",
    ];

    protected override async Task<JsonObject> RunAsync(WorkspaceRequest request, Arguments arguments, CancellationToken cancellationToken)
    {
        request.Files.Check(".");
        var address = GitAddress.Read(arguments.Url, settings.Current.Sessions.GitHosts);
        if (!File.Exists(Git)) throw ToolRefusedException.NotFound("git is not on this machine.");
        CheckTarget(request, arguments.Path);
        using var lane = lanes.Enter(request.Caller.Session.Id);
        // In a home of its own: in the workspace the agent could turn the clone's configuration against the next git.
        using var home = commands.Open();
        var clone = new Clone(home, address);
        var cloned = await GitAsync(clone, network: true, MostToFetch, ["clone", "--no-checkout", "--no-recurse-submodules", "--template=", "--quiet", "--", address.AbsoluteUri, clone.Path], cancellationToken);
        if (cloned.ExitCode != 0) throw Failed("The repository could not be fetched", cloned);
        var commit = await GitAsync(clone, network: false, MostToList, ["-C", clone.Path, "rev-parse", "--verify", "--quiet", "HEAD"], cancellationToken);
        var (files, bytes) = commit.ExitCode == 0 ? await MeasureAsync(clone, cancellationToken) : (0, 0L);
        if (commit.ExitCode == 0)
        {
            var checkedOut = await GitAsync(clone, network: false, MostToFetch, ["-C", clone.Path, "checkout", "--quiet", "--no-recurse-submodules", "--force"], cancellationToken);
            if (checkedOut.ExitCode != 0) throw Failed("The repository was fetched, but could not be checked out", checkedOut);
        }
        if (!request.Files.MoveIn(home.Folder.Home, Name, arguments.Path)) await CopyAsync(request, clone, arguments.Path, cancellationToken);
        return new JsonObject { ["path"] = arguments.Path, ["url"] = address.AbsoluteUri, ["commit"] = commit.ExitCode == 0 ? commit.Output.Trim() : null, ["files"] = files, ["bytes"] = bytes };
    }

    // From another disk: beside its place first, so that it is there as a whole or not at all. No git looks at it there any more.
    private async Task CopyAsync(WorkspaceRequest request, Clone clone, string path, CancellationToken cancellationToken)
    {
        var workspace = request.Caller.Session.DirectoryIn(settings);
        var draft = $".controlchat-fetch-{Guid.NewGuid():n}";
        try
        {
            var copied = await commands.RunAsync(
                new BoxedRun("/usr/bin/cp", ["-a", "--", clone.Path, Path.Combine(workspace, draft)], workspace, null, new Dictionary<string, string>(), Network: false, MostToFetch, 1) { Kept = [Name] }, clone.Home, cancellationToken);
            if (copied.ExitCode != 0) throw Failed("The repository was fetched, but could not be put into the workspace", copied);
            if (!request.Files.MoveIn(workspace, draft, path)) throw ToolRefusedException.Conflict($"'{path}' lies on another disk than the workspace. Name a directory of the workspace's own.");
        }
        finally
        {
            using var root = ConfinedRoot.Open(workspace);
            root.Remove(draft);
        }
    }

    private async Task<(int Files, long Bytes)> MeasureAsync(Clone clone, CancellationToken cancellationToken)
    {
        var listed = await RunAsync(clone, Git, [.. Off, "-C", clone.Path, "ls-tree", "-r", "--format=%(objectsize)", "HEAD"], network: false, MostToList, MostListing, cancellationToken);
        if (listed.ExitCode != 0) throw Failed("The repository was fetched, but could not be read", listed);
        var sizes = listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // A submodule has no size of its own.
        var bytes = sizes.Sum(s => long.TryParse(s.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0);
        return listed.IsCut || sizes.Length > MostFiles || bytes > MostBytes
            ? throw new ToolRefusedException("invalid", "too_large", $"The repository holds {sizes.Length} files of {bytes} bytes in all; at most {MostFiles} files and {MostBytes} bytes are fetched.")
            : (sizes.Length, bytes);
    }

    // One file may not grow beyond the most there may be in all: a pack is one.
    private Task<BoxedResult> GitAsync(Clone clone, bool network, TimeSpan limit, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        RunAsync(clone, "/usr/bin/prlimit", [$"--fsize={MostBytes}:{MostBytes}", "--", Git, .. Off, .. arguments], network, limit, 4096, cancellationToken);

    private Task<BoxedResult> RunAsync(Clone clone, string file, IReadOnlyList<string> arguments, bool network, TimeSpan limit, int mostOutput, CancellationToken cancellationToken) =>
        commands.RunAsync(new BoxedRun(file, arguments, null, null, Variables(clone.Address), network, limit, mostOutput) { Kept = [Name] }, clone.Home, cancellationToken);

    private static Dictionary<string, string> Variables(Uri address) => new()
    {
        ["GIT_ALLOW_PROTOCOL"] = address.Scheme,
        ["GIT_TERMINAL_PROMPT"] = "0",
        ["GIT_ASKPASS"] = "/usr/bin/false",
        ["SSH_ASKPASS"] = "/usr/bin/false",
        ["GIT_CONFIG_NOSYSTEM"] = "1",
        ["GIT_CONFIG_GLOBAL"] = "/dev/null",
        ["GIT_ATTR_NOSYSTEM"] = "1",
        ["GIT_LFS_SKIP_SMUDGE"] = "1",
    };

    private static void CheckTarget(WorkspaceRequest request, string path)
    {
        if (!WorkspacePath.TryRead(path, out var read, out var refusal)) throw ToolRefusedException.Invalid(refusal.Why);
        if (read.Depth == 0 || path.Contains('\\', StringComparison.Ordinal) || path.Split('/').Contains(".git", StringComparer.OrdinalIgnoreCase))
            throw ToolRefusedException.Invalid("Name a new directory, outside of any .git, that can be written without escapes.");
        if (request.Files.IsThere(path)) throw ToolRefusedException.Conflict($"{read} is there already. Name a new directory.");
        if (path.TrimEnd('/').LastIndexOf('/') is > 0 and var at) request.Files.List(path[..at], null, 1);
    }

    private static ToolRefusedException Failed(string what, BoxedResult result) =>
        new("failed", "git_failed", result.TimedOut ? $"{what} in time." : $"{what}: {(result.Errors.Length == 0 ? $"git ended with {result.ExitCode}." : result.Errors)}");

    private sealed record Clone(CommandHome Home, Uri Address)
    {
        public string Path => System.IO.Path.Combine(Home.Folder.Home, Name);
    }

    internal sealed record Arguments(
        [Description("The address of the repository, https://host/path.")][MinLength(1)][MaxLength(2000)] string Url,
        [Description("The new directory, relative to the workspace.")][MinLength(1)][MaxLength(1000)] string Path);
}
