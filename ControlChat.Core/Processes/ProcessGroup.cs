using System.Runtime.InteropServices;

namespace ControlChat.Core.Processes;

/// <summary>A process with all it started, as one thing to end: asked first, then killed.</summary>
public static partial class ProcessGroup
{
    private const int Terminate = 15;
    private const int Kill = 9;
    private const int Hangup = 1;
    private const int Continue = 18;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan LastWait = TimeSpan.FromSeconds(5);

    /// <summary>Puts this process at the head of a session and a group of its own: signals of the one who started it do not reach it.</summary>
    public static void Lead() => _ = NewSession();

    /// <summary>Ends it in two phases.</summary>
    /// <param name="grace">How long it may take to end by itself.</param>
    /// <returns>False when it still lives 5 s after it was killed.</returns>
    public static async Task<bool> StopAsync(ProcessEntry process, TimeSpan grace, TimeProvider time, CancellationToken cancellationToken)
    {
        Signal(process, Terminate);
        if (await EndedAsync(process, grace, time, cancellationToken)) return true;
        Signal(process, Kill);
        return await EndedAsync(process, LastWait, time, cancellationToken);
    }

    /// <summary>Ends every process of a group in two phases, whatever became of the one that leads it, or is about to.</summary>
    /// <returns>False when one of them still lives 5 s after it was killed.</returns>
    public static async Task<bool> StopAllAsync(int group, TimeSpan grace, TimeProvider time)
    {
        foreach (var (signal, wait) in new[] { (Terminate, grace), (Kill, LastWait) })
        {
            if (ProcessTable.InGroup(group).Count == 0) return true;
            // One that has not come to lead its group yet is signalled alone.
            _ = Send(GroupOf(group) is var present && present >= 0 && present != group ? group : -group, signal);
            var since = time.GetTimestamp();
            while (ProcessTable.InGroup(group).Count > 0 && time.GetElapsedTime(since) <= wait) await Task.Delay(Look, time);
        }
        return ProcessTable.InGroup(group).Count == 0;
    }

    /// <summary>Ends one process at once, and none that it started.</summary>
    public static void End(int process) => _ = Send(process, Kill);

    /// <summary>Tells a process that its terminal is gone; one that is stopped goes on to hear it.</summary>
    public static void HangUp(int process)
    {
        _ = Send(process, Hangup);
        _ = Send(process, Continue);
    }

    /// <summary>The same to all that a process started, and not to the process.</summary>
    public static void HangUpBelow(int process)
    {
        foreach (var one in ProcessTree.Below(process)) HangUp(one);
    }

    /// <summary>Whether a process leads the group or belongs to it.</summary>
    public static bool Has(int group, int process) => process == group || GroupOf(process) == group;

    // A process that leads no group yet is signalled alone: its group is that of the one who started it.
    private static void Signal(ProcessEntry process, int signal)
    {
        if (!ProcessTable.IsAlive(process)) return;
        _ = Send(GroupOf(process.Id) == process.Id ? -process.Id : process.Id, signal);
    }

    private static async Task<bool> EndedAsync(ProcessEntry process, TimeSpan within, TimeProvider time, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (ProcessTable.IsAlive(process))
        {
            if (time.GetElapsedTime(since) > within) return false;
            await Task.Delay(Look, time, cancellationToken);
        }
        return true;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Send(int process, int signal);

    [LibraryImport("libc", EntryPoint = "getpgid", SetLastError = true)]
    private static partial int GroupOf(int process);

    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    private static partial int NewSession();
}
