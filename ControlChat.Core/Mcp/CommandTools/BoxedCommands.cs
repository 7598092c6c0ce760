using System.Text;
using ControlChat.Core.Gate;
using ControlChat.Core.Processes;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Mcp.CommandTools;

/// <param name="File">In <c>/usr</c>.</param>
/// <param name="Workspace">Absolute; null: it sees none, and runs in its home.</param>
/// <param name="Directory">Below it, where to run; null: the workspace itself.</param>
/// <param name="Variables">Beside the few that every command has.</param>
/// <param name="Network">Whether it has the machine's network; else none at all.</param>
internal sealed record BoxedRun(string File, IReadOnlyList<string> Arguments, string? Workspace, string? Directory, IReadOnlyDictionary<string, string> Variables, bool Network, TimeSpan Limit, int MostOutput)
{
    /// <summary>What an earlier command left in the same home and this one finds, by name; all else there is gone.</summary>
    public IReadOnlyList<string> Kept { get; init; } = [];
}

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
/// input, for a bounded time, in bounded memory. Whatever it started ends with it.
/// </summary>
internal sealed class BoxedCommands(AgentProcesses processes, IHubSettings settings, TimeProvider time)
{
    /// <summary>Where commands are looked for. The hub's own PATH may hold what the namespace does not.</summary>
    public static readonly IReadOnlyList<string> Folders = ["/usr/local/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin"];

    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Watch = TimeSpan.FromSeconds(1);

    /// <summary>In a home of its own, which goes with it.</summary>
    /// <exception cref="ToolRefusedException">As of the other.</exception>
    public async Task<BoxedResult> RunAsync(BoxedRun run, CancellationToken cancellationToken)
    {
        using var home = Open();
        return await RunAsync(run, home, cancellationToken);
    }

    /// <summary>A home for commands: the session's agent is at work in the other.</summary>
    /// <exception cref="ToolRefusedException">It cannot be made.</exception>
    public CommandHome Open()
    {
        try
        {
            return new CommandHome(settings.Paths, processes.User);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Uncontained(e.Message);
        }
    }

    /// <exception cref="ToolRefusedException">Its words are more than a program takes, no namespace can be made, or it takes too much memory.</exception>
    public async Task<BoxedResult> RunAsync(BoxedRun run, CommandHome home, CancellationToken cancellationToken)
    {
        CommandWords.Check(run.Arguments);
        if (await processes.RefusalAsync(cancellationToken) is { } fault) throw Uncontained(fault);
        try
        {
            return await RunAsync(run, home.Folder, cancellationToken);
        }
        catch (IOException e)
        {
            throw Uncontained(e.Message);
        }
    }

    // Without its namespace no command runs, whatever Sessions:AllowUncontained says of sessions.
    private static ToolRefusedException Uncontained(string fault) => new("unavailable", "not_contained", $"The command was not run: it cannot be contained here. {fault}");

    private async Task<BoxedResult> RunAsync(BoxedRun run, AgentFolder folder, CancellationToken cancellationToken)
    {
        var (output, cut) = (new StringBuilder(), false);
        var order = new BoxOrder(run.File, run.Arguments, [], run.Workspace ?? folder.Home, folder.Home, Environment(folder, run.Variables)) { HasNetwork = run.Network, Directory = run.Directory, Kept = run.Kept };
        var process = await processes.StartAsync(order, ReadAsync);
        int? code = null;
        using var over = new CancellationTokenSource();
        var watching = WatchAsync(process, over.Token);
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
            await over.CancelAsync();
            await processes.KillAsync(process);
        }
        if ((await watching ?? processes.Excess(process)) is { } excess)
            throw new ToolRefusedException("failed", "too_much_memory", $"The command was ended: with what it started it took {excess.Taken} MiB of memory, and it may take {excess.Most} (Sessions:MemoryMegabytes).");
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

    /// <returns>What it took when it was ended for that; null: it was not.</returns>
    private async Task<MemoryExcess?> WatchAsync(LongProcess process, CancellationToken over)
    {
        try
        {
            using var timer = new PeriodicTimer(Watch, time);
            while (await timer.WaitForNextTickAsync(over))
            {
                if ((processes.Excess(process) ?? MemoryExcess.Of(process.Id, settings.Current.Sessions.MemoryMegabytes)) is not { } excess) continue;
                await processes.KillAsync(process);
                return excess;
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // It has ended.
        }
        return null;
    }

    private static Dictionary<string, string> Environment(AgentFolder folder, IReadOnlyDictionary<string, string> more)
    {
        var all = new Dictionary<string, string> { ["PATH"] = string.Join(':', Folders), ["HOME"] = folder.Home, ["LANG"] = "C.UTF-8", ["TMPDIR"] = "/tmp" };
        foreach (var (key, value) in more) all[key] = value;
        return all;
    }
}
