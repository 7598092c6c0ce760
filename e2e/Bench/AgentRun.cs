using ControlChat.ScriptedModel;

namespace ControlChat.Bench;

/// <summary>P1: a control-agent run with three tool calls, streamed, against one scripted model server for all sides.</summary>
internal static class AgentRun
{
    private const int Blocks = 4;
    private const int Lanes = 20;

    // Both a CLR and a V8 still compile after thirty runs.
    private const int WarmUp = 200;

    public static async Task MeasureAsync(BenchOptions options, Report report)
    {
        await using var model = await ScriptedModelServer.StartAsync();
        var sides = new List<IAgentSide> { await HubSide.StartAsync(model.Url), new FloorSide(model.Url) };
        if (options.Peers is { } peers) sides.Add(PeerSide.Start(peers, model.Url));
        else report.Note("No --peers folder: @openai/agents was not measured, only the floor without an agent.");
        try
        {
            foreach (var side in sides) await side.RunAsync("T3:D50", WarmUp, 1);
            await OneByOneAsync(sides, options.Runs / Blocks, report);
            await FirstTextAsync(sides, options.Runs / Blocks, report);
            await DeltasAsync(sides, report);
            await AtOnceAsync(sides, report);
        }
        finally
        {
            foreach (var side in sides) await side.DisposeAsync();
        }
    }

    private static async Task OneByOneAsync(List<IAgentSide> sides, int each, Report report)
    {
        var run = sides.ToDictionary(s => s.Name, _ => new Samples());
        var cpu = sides.ToDictionary(s => s.Name, _ => 0.0);
        for (var block = 0; block < Blocks; block++)
        {
            foreach (var side in sides)
            {
                var measured = await side.RunAsync("T3:D50", each, 1);
                run[side.Name].AddRange(measured.Run);
                cpu[side.Name] += measured.CpuMs ?? 0;
            }
        }
        foreach (var side in sides) report.Add($"run T3:D50, {side.Name}", run[side.Name]);
        foreach (var side in sides.Where(s => cpu[s.Name] > 0)) report.Add($"CPU time of a run T3:D50, {side.Name}", cpu[side.Name] / run[side.Name].Count, "ms");
        if (sides.Count < 3) return;
        report.Add("ratio p50, ControlChat / peer (goal 1.0)", run[sides[0].Name].At(0.5) / run[sides[2].Name].At(0.5), "x");
        report.Add("ratio p95, ControlChat / peer (goal 1.0)", run[sides[0].Name].At(0.95) / run[sides[2].Name].At(0.95), "x");
    }

    /// <summary>Without calls: after three of them the first text would be the time of the whole run.</summary>
    private static async Task FirstTextAsync(List<IAgentSide> sides, int each, Report report)
    {
        var first = sides.ToDictionary(s => s.Name, _ => new Samples());
        for (var block = 0; block < Blocks; block++)
            foreach (var side in sides) first[side.Name].AddRange((await side.RunAsync("T0:D50", each, 1)).First);
        foreach (var side in sides) report.Add($"first text of T0:D50, {side.Name}", first[side.Name]);
    }

    private static async Task DeltasAsync(List<IAgentSide> sides, Report report)
    {
        foreach (var side in sides)
        {
            var few = new Samples();
            var many = new Samples();
            for (var block = 0; block < Blocks; block++)
            {
                few.AddRange((await side.RunAsync("T0:D50", 8, 1)).Run);
                many.AddRange((await side.RunAsync("T0:D2000", 8, 1)).Run);
            }
            report.Add($"each delta, {side.Name}", (many.At(0.5) - few.At(0.5)) / 1950 * 1000, "us");
        }
    }

    private static async Task AtOnceAsync(List<IAgentSide> sides, Report report)
    {
        foreach (var side in sides)
        {
            await side.RunAsync("T3:D50", 2, Lanes);
            var measured = await side.RunAsync("T3:D50", 10, Lanes);
            report.Add($"runs a second, {Lanes} at once, {side.Name}", measured.Run.Count / measured.WallMs * 1000, "runs/s");
            if (measured.MemoryMiB is { } memory) report.Add($"resident memory afterwards, {side.Name}", memory, "MiB");
        }
    }
}
