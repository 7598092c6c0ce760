using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ControlChat.Core.Runner;

/// <summary>What the runner counts.</summary>
internal static class RunMetrics
{
    private static readonly Meter Meter = new("ControlChat.Runner");
    private static readonly UpDownCounter<int> Active = Meter.CreateUpDownCounter<int>("controlchat.runs.active", "{run}", "Runs being worked on");
    private static readonly Histogram<double> Time = Meter.CreateHistogram<double>("controlchat.runs.work", "s", "From taking a run up to its end or rest");

    /// <summary>Counts from here until it is disposed.</summary>
    public static IDisposable Begin()
    {
        Active.Add(1);
        return new Timing(Stopwatch.GetTimestamp());
    }

    private sealed class Timing(long since) : IDisposable
    {
        public void Dispose()
        {
            Active.Add(-1);
            Time.Record(Stopwatch.GetElapsedTime(since).TotalSeconds);
        }
    }
}
