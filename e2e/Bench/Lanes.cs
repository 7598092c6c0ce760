using System.Collections.Concurrent;
using System.Diagnostics;

namespace ControlChat.Bench;

internal static class Lanes
{
    public static async Task<Block> RunAsync(int count, int concurrency, Func<Task<(double Run, double First)>> one, Func<double?> memory)
    {
        var all = new ConcurrentBag<(double Run, double First)>();
        var since = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, concurrency).Select(async _ =>
        {
            for (var i = 0; i < count; i++) all.Add(await one());
        }));
        return new Block([.. all.Select(a => a.Run)], [.. all.Select(a => a.First)], memory(), Stopwatch.GetElapsedTime(since).TotalMilliseconds);
    }
}
