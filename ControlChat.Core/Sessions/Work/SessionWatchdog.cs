using System.Diagnostics.CodeAnalysis;
using ControlChat.Core.Processes;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Telemetry;

namespace ControlChat.Core.Sessions.Work;

/// <summary>
/// Ends what this process must not go on with, whatever the machine offers to bound it: an agent that takes too much memory, and one whose
/// lease may be over, which another worker takes up then.
/// </summary>
internal static class SessionWatchdog
{
    private const int Megabyte = 1024 * 1024;

    /// <param name="megabytes"><c>Sessions:MemoryMegabytes</c>.</param>
    /// <param name="lease">How long after its last sign a session is this process's for sure.</param>
    public static void Look(IReadOnlyList<ISessionWork> works, int megabytes, TimeSpan lease)
    {
        foreach (var work in works.Where(w => w.SinceHeld >= lease)) work.Lapse();
        foreach (var work in works)
            if (Words(work.Excess) is { } why) work.Exceed(why);
        var running = works.Where(w => w.ProcessId is not null).ToLookup(w => w.ProcessId!.Value);
        // Without any, nothing is looked for.
        var taken = running.Count == 0 ? new Dictionary<int, long>() : ProcessMemory.OfTrees([.. running.Select(r => r.Key)]);
        Meters.SessionsTook([.. taken.Values]);
        foreach (var (process, bytes) in taken)
            foreach (var work in running[process]) work.Measure(bytes);
        foreach (var (process, bytes) in taken.Where(t => t.Value / Megabyte >= megabytes))
            foreach (var work in running[process]) work.Exceed(Words(new MemoryExcess(bytes / Megabyte, megabytes)));
    }

    /// <summary>For the session's owner.</summary>
    [return: NotNullIfNotNull(nameof(excess))]
    public static string? Words(MemoryExcess? excess) =>
        excess is null ? null : $"The agent and what it started took {excess.Taken} MiB of memory; one session may take {excess.Most} (Sessions:MemoryMegabytes).";
}
