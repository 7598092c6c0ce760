using ControlChat.Core.Processes;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions.Containment;

/// <summary>Starts what an agent runs, in a namespace of its own, and says whether this machine can make one.</summary>
public sealed class AgentProcesses(HubPaths paths, TimeProvider time)
{
    private const string Bubblewrap = "bwrap";
    private static readonly TimeSpan MostToTry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>It ends with this process, however this one ends, and takes all it started along.</summary>
    /// <param name="read">As of <see cref="LongProcess.Start"/>.</param>
    /// <exception cref="ArgumentException">One of the order's folders would show a place of the hub to the agent.</exception>
    /// <exception cref="IOException">Bubblewrap is not there, or cannot be run.</exception>
    public Task<LongProcess> StartAsync(BoxOrder order, Func<TextReader, Task>? read = null)
    {
        var boxed = Box.Around(order, paths, Find(Bubblewrap, "bubblewrap"));
        // At the head of a group of its own: it hears no Ctrl+C of the hub's terminal, and is ended as a group.
        var led = boxed with { File = Find("setsid", "util-linux"), Arguments = [boxed.File, .. boxed.Arguments] };
        return StarterThread.RunAsync(() => LongProcess.Start(led, read));
    }

    /// <summary>Tries it with a program that does nothing.</summary>
    /// <returns>Null when it can be done, else why not and what to do, in one line.</returns>
    public async Task<string?> FaultAsync(CancellationToken cancellationToken)
    {
        DirectoryInfo? folder = null;
        try
        {
            folder = Directory.CreateTempSubdirectory("controlchat-box-");
            var (workspace, state) = (folder.CreateSubdirectory("workspace"), folder.CreateSubdirectory("state"));
            var process = await StartAsync(new BoxOrder("/usr/bin/env", ["true"], [], workspace.FullName, state.FullName, new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" }));
            try
            {
                return await process.Exited.WaitAsync(MostToTry, time, cancellationToken) == 0 ? null : Refused(process.Complaint);
            }
            finally
            {
                await ProcessGroup.StopAllAsync(process.Id, Grace, time);
            }
        }
        catch (TimeoutException)
        {
            return Refused($"it did not end within {MostToTry.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return e.Message;
        }
        finally
        {
            folder?.Delete(recursive: true);
        }
    }

    private static string Find(string name, string package) =>
        Programs.Find(name) ?? throw new IOException($"Agents run in a namespace, for which '{name}' is not on this machine. Install the Debian package {package}.");

    private static string Refused(string complaint) =>
        $"This machine makes no namespace for agents ({complaint.ReplaceLineEndings(" ")}). Unprivileged user namespaces must be allowed: kernel.unprivileged_userns_clone, AppArmor's restriction of them, or the container's security profile.";
}
