using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace ControlChat.Core.Processes;

/// <summary>
/// Starts processes that are to end with this one. The kernel tells them of their parent's death when the <em>thread</em> ends that
/// forked them (man 2 PR_SET_PDEATHSIG), and a thread of the pool may end at any time; this one lives as long as the process. Nothing
/// that this process has open is handed on to them, not even what it was itself started with.
/// </summary>
internal static partial class StarterThread
{
    // man 2 close_range; the number is the same on every architecture.
    private const int CloseRange = 436;
    private const uint FirstAfterStreams = 3;
    private const uint CloseOnExec = 4;

    private static readonly BlockingCollection<Action> Starts = [];

    static StarterThread() => new Thread(Run) { IsBackground = true, Name = "process starter" }.Start();

    /// <returns>What <paramref name="start"/> answers or throws.</returns>
    public static Task<T> RunAsync<T>(Func<T> start)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Starts.Add(() =>
        {
            try
            {
                KeepOpenFiles();
                done.SetResult(start());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task;
    }

    private static void KeepOpenFiles()
    {
        if (SystemCall(CloseRange, FirstAfterStreams, uint.MaxValue, CloseOnExec) != 0)
            throw new IOException($"Open files cannot be kept from a process that is to be started: {Marshal.GetLastPInvokeErrorMessage()}. This needs Linux 5.11.");
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, uint first, uint last, uint flags);

    private static void Run()
    {
        foreach (var start in Starts.GetConsumingEnumerable()) start();
    }
}
