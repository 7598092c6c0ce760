using System.Globalization;
using System.Text;
using ControlChat.Harness;

namespace ControlChat.Faults;

/// <summary>F5 (WebSocket): twenty viewers of a terminal drop every 0.2-3 s and go on behind what they have seen while its program prints.</summary>
public sealed class DroppedStreams : Fault
{
    private const int Viewers = 20;
    private const string Last = "all-done\r\n";
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(90);

    public override string Id => "F5W";

    public override string Title => "20 viewers of a terminal drop and resume while it prints (a trial is one program): nothing lost, nothing twice, each saw what is on record";

    public override int Trials => 100;

    public override int ShortTrials => 1;

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var bed = await Bed.MakeAsync(run, TerminalSessions.Settings);
        var workspace = await bed.CreateWorkspaceAsync("f5w");
        foreach (var _ in run.EachTrial())
        {
            var id = await TerminalSessions.BeginAsync(bed.Person, workspace, "f5w");
            List<Task<byte[]?>> viewers;
            await using (var typist = await TerminalStream.OpenAsync(bed.Person, bed.Hub.Url, id))
            {
                // Whoever comes first has the keys.
                await typist.UntilAsync("out");
                viewers = [.. Enumerable.Range(0, Viewers).Select(_ => FollowAsync(run, bed, id, new Random(run.Dice.Next())))];
                // For some five seconds lines that tell themselves apart, in bursts of any length, with what a cut could tear.
                var burst = run.Dice.Next(5, 200);
                await typist.TypeAsync(string.Create(CultureInfo.InvariantCulture, $"for i in $(seq 1 3000); do printf '\\e[3%dmline-%d-\u00fc\u6f22\U0001f642\\e[0m\\n' $((i % 8)) $i; [ $((i % {burst})) = 0 ] && sleep {burst / 600.0:0.000}; done; echo all-\"done\"\n"));
                await typist.UntilPrintedAsync(Last, _limit);
            }
            var seen = await Task.WhenAll(viewers);
            await bed.Person.SendAsync(HttpMethod.Delete, $"/api/v1/sessions/{id}", null);
            await TerminalSessions.UntilEndedAsync(run, bed.Person, id);
            var kept = await TerminalSessions.RecordedAsync(bed.Person, id);
            run.Expect(kept.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Last)) > 0, $"{id}: its record has no end");
            foreach (var one in seen) run.Expect(one is not null && kept.AsSpan().StartsWith(one), $"{id}: a viewer saw {one?.Length ?? -1} bytes that are not the {kept.Length} on record");
        }
    }

    /// <returns>All that was seen over all connections; null: the end never came.</returns>
    private static async Task<byte[]?> FollowAsync(FaultRun run, Bed bed, string id, Random dice)
    {
        var (seq, seen, until) = (0L, new MemoryStream(), Encoding.UTF8.GetBytes(Last));
        using var limit = new CancellationTokenSource(_limit, TimeProvider.System);
        while (!limit.IsCancellationRequested)
        {
            await using var stream = await TerminalStream.OpenAsync(bed.Person, bed.Hub.Url, id, seq, limit.Token);
            await Task.WhenAny(stream.Ended, Task.Delay(TimeSpan.FromMilliseconds(dice.Next(200, 3000)), TimeProvider.System));
            stream.Cut();
            await stream.Ended;
            run.Count("drops");
            if (stream.Gaps > 0) run.Count("gaps told");
            seen.Write(stream.Printed().Span);
            seq = Math.Max(seq, stream.LastSeq);
            if (seen.ToArray().AsSpan().IndexOf(until) >= 0) return seen.ToArray();
        }
        return null;
    }
}
