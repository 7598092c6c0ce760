using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Telemetry;

namespace ControlChat.App.Sessions.Streams;

/// <summary>Heartbeats: each is answered, which tells how long the way is and that there is somebody. And the figures, while they change.</summary>
internal sealed class StreamBeat(StreamOutput output, TimeProvider time)
{
    public const int EverySeconds = 15;

    /// <summary>A client that answers nothing and says nothing for this long is gone.</summary>
    public static readonly TimeSpan GoneAfter = TimeSpan.FromSeconds(45);

    private const int MetricsSeconds = 5;
    private const int MostSamples = 64;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<long, long> _sent = [];
    private readonly Queue<double> _took = new();
    private long _n;
    private (long, long, int, int, long?) _told = (-1, -1, -1, -1, null);
    private int _answers;
    private long _heard = time.GetTimestamp();
    private volatile bool _held;

    /// <summary>The client is not read now: what it says waits for us.</summary>
    public bool IsHeld
    {
        set
        {
            Heard();
            _held = value;
        }
    }

    /// <summary>Whatever a client says shows that it lives.</summary>
    public void Heard() => Interlocked.Exchange(ref _heard, time.GetTimestamp());

    /// <summary>Until cancelled, or until nobody answers.</summary>
    public async Task RunAsync(Func<TerminalNow?> now, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Second, time);
        for (var second = 0; await timer.WaitForNextTickAsync(cancellationToken); second++)
        {
            if (IsGone()) return;
            if (second % EverySeconds == 0) await PingAsync();
            if (second % MetricsSeconds == MetricsSeconds - 1 && now() is { } present) await MeasureAsync(present);
        }
    }

    /// <returns>False: no such beat was sent, or it was answered.</returns>
    public bool Answered(long n)
    {
        lock (_lock)
        {
            if (!_sent.Remove(n, out var at)) return false;
            // Those before it are late, not lost.
            foreach (var earlier in _sent.Keys.Where(k => k < n).ToList()) _sent.Remove(earlier);
            if (_took.Count == MostSamples) _took.Dequeue();
            var took = time.GetElapsedTime(at);
            _took.Enqueue(took.TotalMilliseconds);
            Meters.TerminalAnswered(took);
            _answers++;
            return true;
        }
    }

    private bool IsGone()
    {
        if (_held || time.GetElapsedTime(Interlocked.Read(ref _heard)) < GoneAfter) return false;
        lock (_lock) return _sent.Count > 0 && time.GetElapsedTime(_sent.Values.Min()) >= GoneAfter;
    }

    private Task PingAsync()
    {
        lock (_lock)
        {
            // One that speaks and answers none is owed none of them for ever.
            _sent.Remove(_n - MostSamples);
            _sent[++_n] = time.GetTimestamp();
        }
        return output.SendAsync("ping", new JsonObject { ["n"] = _n, ["at"] = Timestamps.Format(time.GetUtcNow()) });
    }

    private Task MeasureAsync(TerminalNow now)
    {
        double[] took;
        lock (_lock) took = [.. _took.Order()];
        var told = (now.BytesIn, now.BytesOut, now.Viewers.Count, _answers, now.MemoryBytes);
        if (told == _told) return Task.CompletedTask;
        _told = told;
        return output.SendAsync("metrics", new JsonObject
        {
            ["bytes_in"] = now.BytesIn,
            ["bytes_out"] = now.BytesOut,
            ["latency"] = took.Length == 0 ? null : new JsonObject { ["p50_ms"] = At(took, 50), ["p95_ms"] = At(took, 95) },
            ["viewers"] = now.Viewers.Count,
            ["memory_bytes"] = now.MemoryBytes,
            ["recorded_to"] = Timestamps.Format(now.RecordedTo),
        });
    }

    private static double At(double[] ordered, int percent) => Math.Round(ordered[Math.Min(ordered.Length - 1, ordered.Length * percent / 100)], 3);
}
