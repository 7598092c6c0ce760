using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace ControlChat.Bench.Relay;

/// <summary>P3: from an append to the bus until an SSE client has it, beside a bare Redis stream and a reference relay.</summary>
internal static class RelaySpeed
{
    private const int Blocks = 3;
    private static readonly string _filler = new('x', 120);

    public static async Task MeasureAsync(BenchOptions options, Report report)
    {
        using var redis = await RedisProcess.StartAsync();
        var sides = new List<IRelaySide>();
        try
        {
            sides.Add(new FloorRelay(redis));
            if (options.Peers is { } peers) sides.Add(await NodeRelay.StartAsync(redis, peers));
            else report.Note("No --peers folder: the reference relay was not measured.");
            sides.Add(await HubRelay.OnRedisAsync(redis));
            sides.Add(await HubRelay.OnLocalBusAsync());
            // Both a CLR and a V8 still compile at first.
            foreach (var side in sides) await BlockAsync(side, side.ServesMany ? 5 : 1, 1500, 500);
            await CompareAsync(sides, new Shape("1 client, 500 events/s", 1, 1500, 500, P50: 0.5, P95: 1.5), report);
            await CompareAsync([.. sides.Where(s => s.ServesMany)], new Shape("100 clients, 50 events/s", 100, 150, 50, P50: null, P95: 6), report);
        }
        finally
        {
            foreach (var side in sides) await side.DisposeAsync();
        }
    }

    private static async Task CompareAsync(List<IRelaySide> sides, Shape shape, Report report)
    {
        var (times, lost, twice) = (sides.ToDictionary(s => s, _ => new Samples()), sides.ToDictionary(s => s, _ => 0), sides.ToDictionary(s => s, _ => 0));
        for (var block = 0; block < Blocks; block++)
        {
            foreach (var side in sides)
            {
                var result = await BlockAsync(side, shape.Clients, shape.Events, shape.Rate);
                times[side].AddRange(result.Times);
                lost[side] += result.Lost;
                twice[side] += result.Twice;
            }
        }
        foreach (var side in sides)
        {
            var ours = side is HubRelay;
            report.Add($"append to client, {side.Name}, {shape.Name}", times[side], ours ? shape.P50 : null, ours ? shape.P95 : null);
            report.Add($"lost, {side.Name}, {shape.Name}", lost[side], "events", atMost: ours ? 0 : null);
            report.Add($"twice, {side.Name}, {shape.Name}", twice[side], "events", atMost: ours ? 0 : null);
        }
    }

    private static async Task<RelayResult> BlockAsync(IRelaySide side, int clients, int events, int rate)
    {
        var target = await side.BeginAsync();
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet") start.ArgumentList.Add(typeof(RelaySpeed).Assembly.Location);
        foreach (var argument in new[] { RelayClients.Command, target.Kind, target.At, clients.ToString(CultureInfo.InvariantCulture), events.ToString(CultureInfo.InvariantCulture) }) start.ArgumentList.Add(argument);
        start.Environment[RelayClients.CookieVariable] = target.Cookie ?? "";
        using var readers = Process.Start(start)!;
        try
        {
            if (await readers.StandardOutput.ReadLineAsync() != "ready") throw new InvalidOperationException($"The clients of {side.Name} could not read.");
            await Task.Run(() => Append(side, events, rate));
            readers.StandardInput.Close();
            var line = await readers.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The clients of {side.Name} ended without a result.");
            return JsonSerializer.Deserialize<RelayResult>(line)!;
        }
        finally
        {
            if (!readers.HasExited) readers.Kill();
        }
    }

    // Evenly, by a thread of its own that waits: timers fire a millisecond late and together.
    private static void Append(IRelaySide side, int events, int rate)
    {
        using var never = new ManualResetEventSlim();
        var since = Stopwatch.GetTimestamp();
        for (var i = 0; i < events; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / rate) - Stopwatch.GetElapsedTime(since);
            if (due > TimeSpan.Zero) never.Wait(due);
            side.Append(Heard.Mark(i) + _filler);
        }
    }

    private sealed record Shape(string Name, int Clients, int Events, int Rate, double? P50, double? P95);
}
