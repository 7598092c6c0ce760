using System.Collections.Concurrent;
using System.Diagnostics;

namespace ControlChat.Bench;

internal static class Lanes
{
    public static async Task<Block> RunAsync(int count, int concurrency, Func<Task<(double Run, double First)>> one, int? processId)
    {
        var all = new ConcurrentBag<(double Run, double First)>();
        var cpu = processId is { } id ? Machine.CpuMs(id) : 0;
        var since = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, concurrency).Select(async _ =>
        {
            for (var i = 0; i < count; i++) all.Add(await one());
        }));
        var wall = Stopwatch.GetElapsedTime(since).TotalMilliseconds;
        return new Block([.. all.Select(a => a.Run)], [.. all.Select(a => a.First)],
            processId is { } own ? Machine.CpuMs(own) - cpu : null, processId is { } measured ? Machine.Memory(measured) : null, wall);
    }
}
