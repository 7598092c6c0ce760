using System.Collections.Concurrent;

namespace ControlChat.Core.Processes;

/// <summary>
/// Starts processes that are to end with this one. The kernel tells them of their parent's death when the <em>thread</em> ends that
/// forked them (man 2 PR_SET_PDEATHSIG), and a thread of the pool may end at any time; this one lives as long as the process.
/// </summary>
internal static class StarterThread
{
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
                done.SetResult(start());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task;
    }

    private static void Run()
    {
        foreach (var start in Starts.GetConsumingEnumerable()) start();
    }
}
