using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace ControlChat.Faults;

/// <summary><c>dotnet run --project e2e/Faults -c Release -- all | F1 F2 … [--store sqlite|postgres] [--short] [--trials N] [--seed N]</c></summary>
public static class FaultProgram
{
    public static async Task<int> RunAsync(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var chosen = Fault.All.Where(f => args.Contains("all") || args.Contains(f.Id, StringComparer.OrdinalIgnoreCase)).ToList();
        var store = Text(args, "--store");
        if (chosen.Count == 0 || chosen.Any(f => store is not null && !f.Stores.Contains(store)))
        {
            Console.Error.WriteLine("usage: Faults all | ID… [--store sqlite|postgres] [--short] [--trials N] [--seed N]");
            foreach (var fault in Fault.All) Console.Error.WriteLine($"  {fault.Id,-4} {fault.Trials,6} trials on {string.Join(" or ", fault.Stores)}  {fault.Title}");
            return 64;
        }
        var seed = Number(args, "--seed") ?? RandomNumberGenerator.GetInt32(1, 1_000_000);
        var broken = 0;
        foreach (var fault in chosen)
        {
            Console.WriteLine($"{fault.Id} {fault.Title}");
            var run = await RunAsync(fault, store ?? fault.Stores[0], seed, Number(args, "--trials") ?? (args.Contains("--short") ? fault.ShortTrials : fault.Trials), Console.WriteLine);
            if (run.Breaches.Count > 0) broken++;
        }
        Console.WriteLine($"{chosen.Count - broken} held, {broken} broken");
        return broken == 0 ? 0 : 1;
    }

    public static async Task<FaultRun> RunAsync(Fault fault, string store, int seed, int trials, Action<string> say)
    {
        ArgumentNullException.ThrowIfNull(fault);
        ArgumentNullException.ThrowIfNull(say);
        var since = Stopwatch.GetTimestamp();
        var run = new FaultRun(store, seed, trials, say);
        try
        {
            await fault.RunAsync(run);
        }
        catch (Exception e)
        {
            run.Expect(false, $"the trial broke: {e}");
        }
        say($"  {run.Summary}; {Stopwatch.GetElapsedTime(since).TotalSeconds:0} s; load average {File.ReadAllText("/proc/loadavg").Split(' ')[0]}");
        return run;
    }

    private static int? Number(string[] args, string name) => Text(args, name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    private static string? Text(string[] args, string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;
}
