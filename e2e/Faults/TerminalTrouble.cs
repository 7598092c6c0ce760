using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Harness;

namespace ControlChat.Faults;

/// <summary>F16: terminals whose hub is killed, whose readers vanish or crawl, and whose programs flood, mangle their text or refuse to end.</summary>
public sealed class TerminalTrouble : Fault
{
    private const int FloodMegabytes = 50;
    private const int MostGrowth = 16;
    private const int SlowReader = 4001;

    // Beside the buffer of one session: what base64, JSON and the sockets of a flood take until they are collected.
    private const int Collecting = 64;

    // On the command line of every program that is started here: inside its namespace nothing else tells them apart.
    private const string Marker = "f16-terminal";
    // How far a transcript may be behind, and a little.
    private static readonly TimeSpan _behind = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan _orphan = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _panic = TimeSpan.FromSeconds(2);

    public override string Id => "F16";

    public override string Title => "terminals: hub killed, sockets dropped, floods, slow readers, resize storms, invalid UTF-8, programs that ignore signals";

    public override int Trials => 700;

    public override int ShortTrials => 7;

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var bed = await Bed.MakeAsync(run, TerminalSessions.Settings);
        var workspace = await bed.CreateWorkspaceAsync("f16");
        Func<Task>[] ways =
        [
            () => KilledAsync(run, bed, workspace), () => DroppedAsync(run, bed, workspace), () => FloodedAsync(run, bed, workspace), () => SlowAsync(run, bed, workspace),
            () => ResizedAsync(run, bed, workspace), () => MangledAsync(run, bed, workspace), () => StubbornAsync(run, bed, workspace),
        ];
        foreach (var trial in run.EachTrial()) await ways[trial % ways.Length]();
        run.Expect(bed.Hub.Broken().Count == 0, $"the log says: {string.Join("; ", bed.Hub.Broken().Take(1))}");
    }

    private static async Task KilledAsync(FaultRun run, Bed bed, string workspace)
    {
        run.Count("hub killed");
        var id = await TerminalSessions.BeginAsync(bed.Person, workspace, Marker);
        await using var stream = await ReadyAsync(bed, id);
        await stream.TypeAsync("trap '' HUP TERM; n=0; while :; do n=$((n+1)); echo line-$n; sleep 0.01; done\n");
        await stream.UntilPrintedAsync("line-10\r\n");
        await Task.Delay(TimeSpan.FromMilliseconds(run.Dice.Next(200, 600)), TimeProvider.System);
        // What is older than the time a transcript may be behind is in it.
        var due = stream.Printed();
        await Task.Delay(_behind, TimeProvider.System);
        await bed.Hub.KillAsync();
        run.Expect(await GoneAsync(bed, id, _orphan), $"{id} left processes 5 s after the hub was killed");
        await bed.ReviveAsync();
        await TerminalSessions.UntilEndedAsync(run, bed.Person, id);
        var kept = await TerminalSessions.RecordedAsync(bed.Person, id);
        run.Expect(kept.AsSpan().StartsWith(due.Span), $"{id}: the transcript lacks what was printed 300 ms before the kill: {kept.Length} of {due.Length} bytes");
        await VerifyAsync(run, bed, id);
    }

    private static async Task DroppedAsync(FaultRun run, Bed bed, string workspace)
    {
        run.Count("sockets dropped");
        var id = await TerminalSessions.BeginAsync(bed.Person, workspace, Marker);
        await using (var first = await ReadyAsync(bed, id)) await first.TypeAsync("for i in $(seq 1 4000); do echo drop-$i-xxxxxxxxxxxxxxxxxxxxxxxxxxxxx; [ $((i % 100)) = 0 ] && sleep 0.05; done; echo all-\"done\"\n");
        var (seq, seen) = (0L, new MemoryStream());
        for (var i = 0; !Encoding.UTF8.GetString(seen.ToArray()).Contains("all-done\r\n", StringComparison.Ordinal) && i < 60; i++)
        {
            await using var stream = await TerminalStream.OpenAsync(bed.Person, bed.Hub.Url, id, seq);
            await Task.WhenAny(stream.UntilPrintedAsync("all-done\r\n"), Task.Delay(TimeSpan.FromMilliseconds(run.Dice.Next(50, 400)), TimeProvider.System));
            stream.Cut();
            await stream.Ended;
            run.Count("drops");
            seen.Write(stream.Printed().Span);
            seq = Math.Max(seq, stream.LastSeq);
        }
        await StopAsync(run, bed, id);
        var kept = await TerminalSessions.RecordedAsync(bed.Person, id);
        run.Expect(kept.AsSpan().StartsWith(seen.ToArray()), $"{id}: what was seen over all connections is not what was recorded ({seen.Length} and {kept.Length} bytes)");
    }

    private static async Task FloodedAsync(FaultRun run, Bed bed, string workspace)
    {
        run.Count("floods");
        var id = await TerminalSessions.BeginAsync(bed.Person, workspace, Marker);
        var stream = await ReadyAsync(bed, id);
        var before = Memory(bed.Hub);
        var since = Stopwatch.GetTimestamp();
        await stream.TypeAsync($"stty -echo; head -c {FloodMegabytes}M /dev/zero | tr '\\0' x; echo; echo flood-\"over\"\n");
        var shown = await FollowAsync(run, bed, id, stream, "flood-over\r\n");
        run.Measure("flood", Stopwatch.GetElapsedTime(since));
        run.Expect(Memory(bed.Hub) - before <= MostGrowth + Collecting, $"{id}: the hub took {Memory(bed.Hub) - before:0} MiB more in a flood");
        await StopAsync(run, bed, id);
        var kept = await TerminalSessions.RecordedAsync(bed.Person, id);
        run.Expect(kept.AsSpan().StartsWith(shown), $"{id}: of a flood of {shown.Length} bytes {kept.Length} are recorded, or others");
    }

    private static async Task SlowAsync(FaultRun run, Bed bed, string workspace)
    {
        run.Count("slow readers");
        var id = await TerminalSessions.BeginAsync(bed.Person, workspace, Marker);
        var quick = await ReadyAsync(bed, id);
        // It connects and reads nothing more.
        using var slow = await CrawlAsync(bed, id);
        var since = Stopwatch.GetTimestamp();
        await quick.TypeAsync($"stty -echo; head -c {FloodMegabytes / 2}M /dev/zero | tr '\\0' y; echo; echo slow-\"over\"\n");
        await FollowAsync(run, bed, id, quick, "slow-over\r\n");
        run.Measure("flood beside one who reads nothing", Stopwatch.GetElapsedTime(since));
        await StopAsync(run, bed, id);
    }

    // One that is told that it fell behind goes on where it stood. All that it saw, over all its connections.
    private static async Task<byte[]> FollowAsync(FaultRun run, Bed bed, string id, TerminalStream stream, string until)
    {
        var (seen, since) = (new MemoryStream(), Stopwatch.GetTimestamp());
        while (true)
        {
            await using var one = stream;
            try
            {
                await one.UntilPrintedAsync(until, TimeSpan.FromSeconds(120));
                seen.Write(one.Printed().Span);
                return seen.ToArray();
            }
            catch (InvalidOperationException) when (one.Closed == SlowReader && Stopwatch.GetElapsedTime(since) < TimeSpan.FromMinutes(3))
            {
                run.Count("readers that fell behind");
                seen.Write(one.Printed().Span);
            }
            stream = await TerminalStream.OpenAsync(bed.Person, bed.Hub.Url, id, one.LastSeq);
        }
    }

    private static async Task ResizedAsync(FaultRun run, Bed bed, string workspace)
    {
        run.Count("resize storms");
        var id = await TerminalSessions.BeginAsync(bed.Person, workspace, Marker);
        await using var stream = await ReadyAsync(bed, id);
        var (columns, rows) = (0, 0);
        for (var i = 0; i < 150; i++)
        {
            (columns, rows) = (run.Dice.Next(2, 501), run.Dice.Next(2, 301));
            await stream.SendAsync(new JsonObject { ["v"] = 1, ["t"] = "resize", ["cols"] = columns, ["rows"] = rows });
        }
        var there = await Soon.HoldsAsync(async () =>
        {
            await stream.SendAsync(new JsonObject { ["v"] = 1, ["t"] = "resize", ["cols"] = columns, ["rows"] = rows });
            await stream.TypeAsync("echo size-$(stty size | tr ' ' x)\n");
            return Encoding.UTF8.GetString(stream.Printed().Span).Contains(string.Create(CultureInfo.InvariantCulture, $"size-{rows}x{columns}"), StringComparison.Ordinal);
        });
        run.Expect(there, $"{id}: after a storm the size is not the last one, {columns} x {rows}");
        await StopAsync(run, bed, id);
    }

    private static async Task MangledAsync(FaultRun run, Bed bed, string workspace)
    {
        run.Count("invalid UTF-8");
        var id = await TerminalSessions.BeginAsync(bed.Person, workspace, Marker);
        await using var stream = await ReadyAsync(bed, id);
        // Without controls that the filter takes out, and without what may look like a secret by chance ("?a=…", "pwd: …"), which no record keeps.
        await stream.TypeAsync("stty -echo; head -c 200000 /dev/urandom | tr -d ':=\\033\\005\\220\\235\\233\\230\\236\\237\\012\\015' >/tmp/r; echo mangled; cat /tmp/r; echo; echo mangled-\"over\"; cksum </tmp/r\n");
        await stream.UntilPrintedAsync("mangled-over\r\n");
        var shown = stream.Printed();
        await StopAsync(run, bed, id);
        var kept = await TerminalSessions.RecordedAsync(bed.Person, id);
        var same = kept.AsSpan().CommonPrefixLength(shown.Span);
        run.Expect(same == shown.Length, $"{id}: bytes that are no UTF-8 were not recorded as they were shown, from byte {same} of {shown.Length}: {Around(kept, same)} recorded, {Around(shown.Span, same)} shown");
    }

    private static string Around(ReadOnlySpan<byte> bytes, int at) => Convert.ToHexStringLower(bytes[Math.Clamp(at - 16, 0, bytes.Length)..Math.Min(at + 32, bytes.Length)]);

    private static async Task StubbornAsync(FaultRun run, Bed bed, string workspace)
    {
        run.Count("panic stops");
        var id = await TerminalSessions.BeginAsync(bed.Person, workspace, Marker);
        await using var stream = await ReadyAsync(bed, id);
        await stream.TypeAsync("trap '' HUP TERM INT; (setsid bash -c 'exec -a f16-terminal-sleeper sleep 600' &) ; echo stub\"born\"; while :; do sleep 1; done\n");
        await stream.UntilPrintedAsync("stubborn\r\n");
        var since = Stopwatch.GetTimestamp();
        var answer = await bed.Person.PostAsync("/api/v1/sessions/panic-stop", new JsonObject { ["scope"] = "session", ["session_id"] = id });
        run.Expect(answer.Status == 200, $"panic answered {answer.Status}");
        run.Expect(await GoneAsync(bed, id, _panic), $"{id} left processes 2 s after a panic stop");
        run.Measure("panic stop", Stopwatch.GetElapsedTime(since));
        await TerminalSessions.UntilEndedAsync(run, bed.Person, id);
        await VerifyAsync(run, bed, id);
    }

    private static async Task<TerminalStream> ReadyAsync(Bed bed, string id)
    {
        var stream = await TerminalStream.OpenAsync(bed.Person, bed.Hub.Url, id);
        await stream.UntilAsync("out");
        return stream;
    }

    private static async Task<System.Net.WebSockets.ClientWebSocket> CrawlAsync(Bed bed, string id)
    {
        var socket = new System.Net.WebSockets.ClientWebSocket();
        socket.Options.AddSubProtocol("controlchat.v1");
        socket.Options.Cookies = bed.Person.Cookies;
        socket.Options.SetRequestHeader("Origin", bed.Hub.Url.TrimEnd('/'));
        await socket.ConnectAsync(new UriBuilder(new Uri(new Uri(bed.Hub.Url), $"/api/v1/sessions/{id}/stream")) { Scheme = "ws" }.Uri, CancellationToken.None);
        return socket;
    }

    private static async Task StopAsync(FaultRun run, Bed bed, string id)
    {
        await bed.Person.SendAsync(HttpMethod.Delete, $"/api/v1/sessions/{id}", null);
        run.Expect(await GoneAsync(bed, id, _orphan), $"{id} left processes 5 s after its end");
        await TerminalSessions.UntilEndedAsync(run, bed.Person, id);
        await VerifyAsync(run, bed, id);
    }

    private static async Task VerifyAsync(FaultRun run, Bed bed, string id)
    {
        HubAnswer? verdict = null;
        var good = await Soon.HoldsAsync(async () => (verdict = await bed.Person.GetAsync($"/api/v1/sessions/{id}/transcript/verify")).Json["ok"]?.GetValue<bool>() == true, TimeSpan.FromSeconds(5));
        run.Expect(good, $"{id}: its transcript is not whole: {verdict?.Text}");
    }

    private static Task<bool> GoneAsync(Bed bed, string id, TimeSpan within) =>
        Soon.HoldsAsync(() => Task.FromResult(ProcessList.With(Path.Combine(bed.Hub.DataDirectory, "agents", id)).Count == 0 && ProcessList.With(Marker).Count == 0), within);

    private static double Memory(HubProcess hub) => double.Parse(
        File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{hub.ProcessId}/status")).First(l => l.StartsWith("VmRSS", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;
}
