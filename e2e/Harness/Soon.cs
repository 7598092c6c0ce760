using System.Diagnostics;

namespace ControlChat.Harness;

/// <summary>Waiting for what comes true by itself.</summary>
public static class Soon
{
    /// <summary>Whether a condition comes true within <paramref name="within"/> (default 10 s).</summary>
    public static async Task<bool> HoldsAsync(Func<Task<bool>> condition, TimeSpan? within = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await condition()) return true;
            if (Stopwatch.GetElapsedTime(since) > (within ?? TimeSpan.FromSeconds(10))) return false;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
