using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Harness;

namespace ControlChat.Faults;

/// <summary>
/// F7: the database file at random moments of writing. A copy is taken while the process stands still (SIGSTOP), so it is
/// what a cut of the power at that moment would leave; every third time the process is killed instead.
/// </summary>
public sealed class KilledDatabase : Fault
{
    private const int Writers = 4;

    public override string Id => "F7";

    public override string Title => "copies and kills of the SQLite hub at random points: opens, sound, chained, nothing acknowledged is lost";

    public override int Trials => 300;

    public override int ShortTrials => 6;

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var bed = await Bed.MakeAsync(run);
        foreach (var trial in run.EachTrial())
        {
            var acknowledged = new ConcurrentQueue<string>();
            using var stop = new CancellationTokenSource();
            var writers = Enumerable.Range(0, Writers).Select(_ => WriteAsync(bed, acknowledged, stop.Token)).ToList();
            await Task.Delay(TimeSpan.FromMilliseconds(run.Dice.Next(20, 400)), TimeProvider.System);
            if (trial % 3 == 2) await KillAsync(run, bed, acknowledged, writers, stop);
            else await CopyAsync(run, bed, acknowledged, writers, stop);
        }
        run.Expect(await bed.Hub.StopAsync() == 0, "a clean stop did not end with 0");
    }

    private static async Task KillAsync(FaultRun run, Bed bed, ConcurrentQueue<string> acknowledged, List<Task> writers, CancellationTokenSource stop)
    {
        await bed.Hub.KillAsync();
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        Check(run, bed.Hub.DatabasePath, acknowledged, "kill");
        await bed.ReviveAsync();
    }

    private static async Task CopyAsync(FaultRun run, Bed bed, ConcurrentQueue<string> acknowledged, List<Task> writers, CancellationTokenSource stop)
    {
        var folder = Directory.CreateTempSubdirectory("controlchat-copy-");
        try
        {
            await SignalAsync(bed.Hub, "STOP");
            var before = acknowledged.ToArray();
            foreach (var file in Directory.GetFiles(bed.Hub.DataDirectory, Path.GetFileName(bed.Hub.DatabasePath) + "*").Where(f => !f.EndsWith("-shm", StringComparison.Ordinal)))
                File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
            await SignalAsync(bed.Hub, "CONT");
            await stop.CancelAsync();
            await Task.WhenAll(writers);
            Check(run, Path.Combine(folder.FullName, Path.GetFileName(bed.Hub.DatabasePath)), before, "copy");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Check(FaultRun run, string database, IReadOnlyCollection<string> acknowledged, string what)
    {
        run.Count(what);
        run.Count("acknowledged writes", acknowledged.Count);
        run.Expect(RecordFile.Integrity(database) == "ok", $"{what}: integrity_check failed");
        var fault = RecordFile.Of(database).FirstFault();
        run.Expect(fault is null, $"{what}: the chain broke: {fault}");
        var recorded = RecordFile.Of(database).Bodies().Select(b => b["action_id"]?.GetValue<string>()).ToHashSet();
        foreach (var lost in acknowledged.Where(a => !recorded.Contains(a))) run.Expect(false, $"{what}: {lost} was acknowledged and is not on the record");
    }

    private static async Task WriteAsync(Bed bed, ConcurrentQueue<string> acknowledged, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var answer = await bed.Person.CallAsync("workspace.create", new JsonObject { ["title"] = "written" }, cancellationToken: CancellationToken.None);
                if (answer.Status == 200) acknowledged.Enqueue(answer.Field("action_id")!);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                return;
            }
        }
    }

    private static async Task SignalAsync(HubProcess hub, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", hub.ProcessId.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        // Until every thread stands still: the state letter of the process says so.
        if (signal == "STOP") await Soon.HoldsAsync(async () => (await File.ReadAllTextAsync($"/proc/{hub.ProcessId}/stat")).Split(") ")[1].StartsWith('T'));
    }
}
