using System.Text;
using ControlChat.Core.Files;
using ControlChat.Core.Gate;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Mcp.CommandTools;

/// <param name="File">In <c>/usr</c>.</param>
/// <param name="Workspace">Absolute.</param>
/// <param name="Directory">Below it, where to run; null: the workspace itself.</param>
/// <param name="Variables">Beside the few that every command has.</param>
/// <param name="Network">Whether it has the machine's network; else none at all.</param>
internal sealed record BoxedRun(string File, IReadOnlyList<string> Arguments, string Workspace, string? Directory, IReadOnlyDictionary<string, string> Variables, bool Network, TimeSpan Limit, int MostOutput);

/// <param name="ExitCode">Null when its time was over.</param>
/// <param name="Output">The beginning of stdout.</param>
/// <param name="IsCut">There was more.</param>
/// <param name="Errors">The end of stderr.</param>
internal sealed record BoxedResult(int? ExitCode, string Output, bool IsCut, string Errors)
{
    public bool TimedOut => ExitCode is null;
}

/// <summary>
/// Runs one command in a namespace of its own, which holds its workspace and nothing of the hub: with an environment from nothing, without
/// input, for a bounded time. Whatever it started ends with it.
/// </summary>
internal sealed class BoxedCommands(AgentProcesses processes, HubPaths paths, TimeProvider time)
{
    /// <summary>Where commands are looked for. The hub's own PATH may hold what the namespace does not.</summary>
    public static readonly IReadOnlyList<string> Folders = ["/usr/local/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin"];

    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    /// <exception cref="ToolRefusedException">Its words are more than a program takes, or no namespace can be made.</exception>
    public async Task<BoxedResult> RunAsync(BoxedRun run, CancellationToken cancellationToken)
    {
        CommandWords.Check(run.Arguments);
        if (await processes.RefusalAsync(cancellationToken) is { } fault) throw Uncontained(fault);
        // A home of its own: the session's agent is at work in the other.
        var name = $"cmd_{Guid.NewGuid():n}";
        try
        {
            var folder = AgentFolder.Open(paths, name, processes.User);
            return await RunAsync(run, folder, cancellationToken);
        }
        catch (IOException e)
        {
            throw Uncontained(e.Message);
        }
        finally
        {
            using var all = ConfinedRoot.Open(paths.Agents);
            all.Remove(name);
        }
    }

    // Without its namespace no command runs, whatever Sessions:AllowUncontained says of sessions.
    private static ToolRefusedException Uncontained(string fault) => new("unavailable", "not_contained", $"The command was not run: it cannot be contained here. {fault}");

    private async Task<BoxedResult> RunAsync(BoxedRun run, AgentFolder folder, CancellationToken cancellationToken)
    {
        var (output, cut) = (new StringBuilder(), false);
        var order = new BoxOrder(run.File, run.Arguments, [], run.Workspace, folder.Home, Environment(folder, run.Variables)) { HasNetwork = run.Network, Directory = run.Directory };
        var process = await processes.StartAsync(order, ReadAsync);
        int? code = null;
        try
        {
            code = await process.Exited.WaitAsync(run.Limit, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // What it has said so far is the answer.
        }
        finally
        {
            await processes.KillAsync(process);
        }
        if (code is null) await Task.WhenAny(process.Exited, Task.Delay(LastWords, time, CancellationToken.None));
        lock (output)
        {
            if (cut && output.Length > 0 && char.IsHighSurrogate(output[^1])) output.Length--;
            return new BoxedResult(code, output.ToString(), cut, process.Complaint);
        }

        async Task ReadAsync(TextReader reader)
        {
            var buffer = new char[4096];
            while (await reader.ReadAsync(buffer, CancellationToken.None) is > 0 and var read)
            {
                lock (output)
                {
                    var room = Math.Min(read, run.MostOutput - output.Length);
                    output.Append(buffer, 0, room);
                    cut |= room < read;
                }
            }
        }
    }

    private static Dictionary<string, string> Environment(AgentFolder folder, IReadOnlyDictionary<string, string> more)
    {
        var all = new Dictionary<string, string> { ["PATH"] = string.Join(':', Folders), ["HOME"] = folder.Home, ["LANG"] = "C.UTF-8", ["TMPDIR"] = "/tmp" };
        foreach (var (key, value) in more) all[key] = value;
        return all;
    }
}
