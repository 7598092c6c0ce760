using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace ControlChat.Tests.Support;

/// <summary>The one place where tests wait in real time: until a condition holds, and never for long.</summary>
public static class Waiting
{
    private static readonly TimeSpan _step = TimeSpan.FromMilliseconds(5);
    private static readonly object _yes = new();

    /// <summary>Polls until <paramref name="condition"/> is true; fails with its text after <paramref name="within"/> (default 30 s).</summary>
    public static Task UntilAsync(Func<bool> condition, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        ForAsync(() => Task.FromResult(condition() ? _yes : null), within, what);

    /// <summary>Polls until <paramref name="condition"/> is true; fails with its text after <paramref name="within"/> (default 30 s).</summary>
    public static Task UntilAsync(Func<Task<bool>> condition, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        ForAsync(async () => await condition() ? _yes : null, within, what);

    /// <summary>Polls until <paramref name="probe"/> gives something, and returns it.</summary>
    public static async Task<T> ForAsync<T>(Func<Task<T?>> probe, TimeSpan? within = null, [CallerArgumentExpression(nameof(probe))] string what = "")
        where T : class
    {
        var limit = within ?? TimeSpan.FromSeconds(30);
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await probe() is { } found) return found;
            if (Stopwatch.GetElapsedTime(since) > limit) throw new TimeoutException($"Still not true after {limit.TotalSeconds:0.#} s: {what}");
            await Task.Delay(_step, TimeProvider.System);
        }
    }
}
