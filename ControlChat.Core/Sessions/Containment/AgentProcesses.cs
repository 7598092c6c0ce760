using System.IO.Enumeration;
using System.Runtime.CompilerServices;
using ControlChat.Core.Files;
using ControlChat.Core.Processes;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions.Containment;

/// <summary>Starts what an agent runs, in a namespace of its own, and says whether this machine can make one.</summary>
/// <param name="find">Where the programs of namespaces are, by name; null: as <see cref="Programs.Find"/>.</param>
/// <param name="cgroups">What else bounds them; null: nothing.</param>
public sealed class AgentProcesses(HubPaths paths, AgentUser user, TimeProvider time, Func<string, string?>? find = null, AgentCgroups? cgroups = null)
{
    private static readonly TimeSpan MostToTry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MostToPrepare = TimeSpan.FromMinutes(2);

    private static readonly string[] Needed = ["bwrap", "setsid"];

    // What runs out, and may be there again in a moment: ENOSPC (also of namespaces), EAGAIN, ENOMEM.
    private static readonly string[] ForNow = ["no space left", "temporarily unavailable", "cannot allocate memory"];

    // A terminal is opened before its session is made, so that it becomes nobody's by being opened. The path is an argument.
    private const string AtTerminal = "exec <>\"$0\" >&0 && exec \"$@\"";

    private readonly ConditionalWeakTable<LongProcess, AgentCgroup> _bounded = [];
    private volatile bool _able;

    /// <summary>Whose rights agents have on the disk.</summary>
    public AgentUser User => user;

    /// <summary>It ends with this process, however this one ends, and takes all it started along.</summary>
    /// <param name="read">As of <see cref="LongProcess.Start(ProcessOrder, Func{TextReader, Task})"/>.</param>
    /// <exception cref="ArgumentException">One of the order's folders would show a place of the hub to the agent.</exception>
    /// <exception cref="IOException">Bubblewrap is not there or cannot be run, the workspace cannot be given to the agents' user, or the process did not get into its control group.</exception>
    public async Task<LongProcess> StartAsync(BoxOrder order, Func<TextReader, Task>? read = null)
    {
        await PrepareAsync(order);
        return (await LeadAsync(order, led => (LongProcess.Start(led, read), Stream.Null, Stream.Null))).Process;
    }

    /// <summary>As the other, with both of its standard streams.</summary>
    public async Task<(LongProcess Process, Stream Input, Stream Output)> OpenAsync(BoxOrder order)
    {
        await PrepareAsync(order);
        return await LeadAsync(order, led => (LongProcess.Open(led, out var input, out var output), input, output));
    }

    /// <summary>The same without a namespace, where the operator said so (<c>Sessions:AllowUncontained</c>): it has the rights of the hub's own user, and what leaves its process group outlives it.</summary>
    /// <exception cref="IOException">This hub is root, whose rights no agent gets.</exception>
    public async Task<(LongProcess Process, Stream Input, Stream Output)> OpenUncontainedAsync(BoxOrder order)
    {
        PrepareUncontained(order);
        var led = new ProcessOrder(Find("setsid", "util-linux"), [order.File, .. order.Arguments], order.Directory ?? order.Workspace, order.Environment);
        return await StarterThread.RunAsync(() => (LongProcess.Open(led, out var input, out var output), input, output));
    }

    /// <summary>As <see cref="StartAsync"/>, with a terminal in place of standard streams; what bubblewrap has to say is its complaint.</summary>
    /// <param name="terminal">The path of its end for programs. It belongs to no session.</param>
    public async Task<LongProcess> StartTerminalAsync(BoxOrder order, string terminal)
    {
        await PrepareAsync(order);
        return (await LeadAsync(order with { Terminal = BoxTerminal.Own }, led => (LongProcess.Start(led), Stream.Null, Stream.Null), boxed => At(terminal, Lead(boxed)))).Process;
    }

    internal static ProcessOrder At(string terminal, ProcessOrder led) => led with { File = "/bin/sh", Arguments = ["-c", AtTerminal, terminal, led.File, .. led.Arguments] };

    /// <summary>Has another program of this machine's hold it: one that goes on when this process ends, and keeps its namespace alive.</summary>
    /// <param name="holder">What to start for what it gets. Starting it ends by itself; what it left goes with <see cref="KillAsync"/> where there are control groups.</param>
    public async Task<LongProcess> HoldAsync(BoxOrder order, bool contained, Func<ProcessOrder, ProcessOrder> holder)
    {
        if (!contained)
        {
            PrepareUncontained(order);
            return await StarterThread.RunAsync(() => LongProcess.Start(Lead(holder(new ProcessOrder("/usr/bin/env", ["--default-signal", order.File, .. order.Arguments], order.Directory ?? order.Workspace, order.Environment)))));
        }
        await PrepareAsync(order);
        return (await LeadAsync(order with { Terminal = BoxTerminal.Shared }, led => (LongProcess.Start(led), Stream.Null, Stream.Null), boxed => Lead(holder(boxed)))).Process;
    }

    /// <summary>As <see cref="OpenUncontainedAsync"/>, with a terminal.</summary>
    /// <exception cref="IOException">This hub is root, whose rights no agent gets.</exception>
    public async Task<LongProcess> StartTerminalUncontainedAsync(BoxOrder order, string terminal)
    {
        PrepareUncontained(order);
        var led = new ProcessOrder(
            "/bin/sh", ["-c", AtTerminal + " 2>&1", terminal, "/usr/bin/env", "--default-signal", Find("setsid", "util-linux"), "--ctty", order.File, .. order.Arguments], order.Directory ?? order.Workspace, order.Environment);
        return await StarterThread.RunAsync(() => LongProcess.Start(led));
    }

    /// <summary>Ends it at once with everything it started: the kernel ends a namespace with its first process, and that with the one that made it.</summary>
    /// <returns>False when it still lives 5 s later.</returns>
    public async Task<bool> KillAsync(LongProcess process)
    {
        var inside = ProcessTable.Below(process.Id);
        var ended = await ProcessGroup.StopAllAsync(process.Id, TimeSpan.Zero, time);
        // A namespace that was just being made does not end with the one who made it, and its first process leads a group of its own.
        foreach (var one in inside.Where(ProcessTable.IsAlive)) ended &= await ProcessGroup.StopAsync(one, TimeSpan.Zero, time, CancellationToken.None);
        return (!_bounded.TryGetValue(process, out var cgroup) || await cgroups!.RemoveAsync(cgroup)) && ended;
    }

    /// <summary>Whether the kernel ended it, or something it started, because it took too much memory; known after it was killed too.</summary>
    public MemoryExcess? Excess(LongProcess process) => _bounded.TryGetValue(process, out var cgroup) ? cgroup.Excess() : null;

    /// <summary>As <see cref="FaultAsync"/>, until it could be done once: where it cannot be any more, an agent's own start says why.</summary>
    public async Task<string?> RefusalAsync(CancellationToken cancellationToken)
    {
        if (_able) return null;
        var fault = await FaultAsync(cancellationToken);
        _able = fault is null;
        return fault;
    }

    /// <summary>That this machine lacks what a namespace needs, by the word of the program that makes them or because it is not here.</summary>
    /// <returns>What it lacks; null where it can be done, and also where it only could not be tried now: a full disk is no such lack.</returns>
    public async Task<string?> LackAsync(CancellationToken cancellationToken) =>
        Needed.Any(name => (find ?? Programs.Find)(name) is null) || (await TryAsync(cancellationToken)).IsLack ? await RefusalAsync(cancellationToken) : null;

    /// <summary>Tries it with a program that does nothing but make a namespace of its own, as an agent's sandbox does.</summary>
    /// <returns>Null when it can be done, else why not and what to do, in one line.</returns>
    public async Task<string?> FaultAsync(CancellationToken cancellationToken) => (await TryAsync(cancellationToken)).Fault;

    private async Task<(string? Fault, bool IsLack)> TryAsync(CancellationToken cancellationToken)
    {
        DirectoryInfo? folder = null;
        try
        {
            folder = Directory.CreateTempSubdirectory("controlchat-box-");
            var (workspace, state) = (folder.CreateSubdirectory("workspace"), folder.CreateSubdirectory("state"));
            var (process, _, _) = await LeadAsync(
                new BoxOrder("/usr/bin/unshare", ["--user", "/usr/bin/true"], [], workspace.FullName, state.FullName, new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" }), led => (LongProcess.Start(led), Stream.Null, Stream.Null));
            try
            {
                return await process.Exited.WaitAsync(MostToTry, time, cancellationToken) == 0 ? (null, false) : (Refused(process.Complaint), !ForNow.Any(w => process.Complaint.Contains(w, StringComparison.OrdinalIgnoreCase)));
            }
            finally
            {
                await KillAsync(process);
            }
        }
        catch (TimeoutException)
        {
            return (Refused($"it did not end within {MostToTry.TotalSeconds:0} s"), false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (e.Message, false);
        }
        finally
        {
            folder?.Delete(recursive: true);
        }
    }

    private async Task PrepareAsync(BoxOrder order)
    {
        Box.Check(order, paths);
        // An agent of this session may have left there what another one would obey.
        if (Directory.EnumerateFileSystemEntries(order.State).Any()) await RunAsync(Box.Clearing(order.State, order.Kept, user, Bubblewrap()), "What an earlier agent left cannot be cleared");
        if (user.Id is null || !order.HasWorkspace) return;
        if (Path.GetDirectoryName(order.Workspace) != paths.WorkspacesRoot)
            throw new IOException("Workspaces:Local lies outside of Workspaces:Root, and this hub is root: it starts no agents in directories of other people. Start the hub as the directory's owner.");
        // The hub, a sync or an older hub may have put files there that only root may write.
        await RunAsync(Box.Giving(order.Workspace, user, Bubblewrap()), $"The workspace cannot be given to user {user.Text}");
    }

    private void PrepareUncontained(BoxOrder order)
    {
        if (user.Id is not null) throw new IOException("This hub is root and starts no agent without a namespace, whatever Sessions:AllowUncontained says. Start it as another user.");
        Box.Check(order, paths);
        Clear(order);
    }

    // As Box.Clearing does it, by descriptors: an earlier agent may have put links there.
    private static void Clear(BoxOrder order)
    {
        using var state = ConfinedRoot.Open(order.State);
        foreach (var name in Directory.EnumerateFileSystemEntries(order.State).Select(e => Path.GetFileName(e)!).Where(n => !order.Kept.Any(k => FileSystemName.MatchesSimpleExpression(k, n, ignoreCase: false))).ToList())
            state.Remove(name);
    }

    private async Task RunAsync(ProcessOrder order, string failed)
    {
        var process = await StarterThread.RunAsync(() => LongProcess.Start(order));
        try
        {
            if (await process.Exited.WaitAsync(MostToPrepare, time) != 0) throw new IOException($"{failed}: {process.Complaint}");
        }
        catch (TimeoutException e)
        {
            throw new IOException($"{failed} within {MostToPrepare.TotalMinutes:0} minutes.", e);
        }
        finally
        {
            await KillAsync(process);
        }
    }

    // At the head of a group of its own: it hears no Ctrl+C of the hub's terminal, and is ended as a group.
    private async Task<(LongProcess Process, Stream Input, Stream Output)> LeadAsync(
        BoxOrder order, Func<ProcessOrder, (LongProcess Process, Stream Input, Stream Output)> start, Func<ProcessOrder, ProcessOrder>? lead = null)
    {
        var boxed = Box.Around(order, user, Bubblewrap());
        var led = (lead ?? Lead)(boxed);
        if (cgroups?.Make() is not { } cgroup) return await StarterThread.RunAsync(() => start(led));
        try
        {
            var started = await StarterThread.RunAsync(() => start(cgroup.Around(led)));
            if (!await started.Process.Ready) throw new IOException($"It was not started, because it did not get into its control group: {await LastWordsAsync(started.Process)}");
            _bounded.Add(started.Process, cgroup);
            return started;
        }
        catch
        {
            await cgroups.RemoveAsync(cgroup);
            throw;
        }
    }

    private ProcessOrder Lead(ProcessOrder order) => order with { File = Find("setsid", "util-linux"), Arguments = [order.File, .. order.Arguments] };

    private static async Task<string> LastWordsAsync(LongProcess process)
    {
        await process.Exited;
        return process.Complaint;
    }

    private string Bubblewrap() => Find("bwrap", "bubblewrap");

    private string Find(string name, string package) =>
        (find ?? Programs.Find)(name) ?? throw new IOException($"Agents run in a namespace, for which '{name}' is not on this machine. Install the Debian package {package}.");

    private string Refused(string complaint) =>
        $"This machine makes no namespace for agents ({complaint.ReplaceLineEndings(" ")}). Unprivileged user namespaces must be allowed: kernel.unprivileged_userns_clone, AppArmor's restriction of them, or the container's security profile."
        + (user.Id is null ? "" : $" And agents run as user {user.Text} (Sessions:UserId), which this machine must know.");
}
