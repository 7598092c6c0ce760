using ControlChat.Core.Processes;

namespace ControlChat.Core.Sessions.Work;

/// <summary>
/// Ends what this process must not go on with, whatever the machine offers to bound it: an agent that takes too much memory, and one whose
/// lease may be over, which another worker takes up then.
/// </summary>
internal static class SessionWatchdog
{
    /// <param name="megabytes"><c>Sessions:MemoryMegabytes</c>.</param>
    /// <param name="lease">How long after its last sign a session is this process's for sure.</param>
    public static void Look(IReadOnlyList<SessionWork> works, int megabytes, TimeSpan lease)
    {
        foreach (var work in works.Where(w => w.SinceHeld >= lease)) work.Lapse();
        var running = works.Where(w => w.ProcessId is not null).ToLookup(w => w.ProcessId!.Value);
        if (running.Count == 0) return;
        foreach (var (process, taken) in ProcessMemory.Above([.. running.Select(r => r.Key)], megabytes))
            foreach (var work in running[process]) work.Exceed($"The agent and what it started took {taken} MiB of memory; one session may take {megabytes} (Sessions:MemoryMegabytes).");
    }
}
