using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Harness;

namespace ControlChat.Bench.Terminals;

/// <summary>P2: from a key to its echo over a WebSocket on loopback, beside node-pty behind ws, and how fast a flood comes through. The terminal runs <c>cat</c>: the kernel echoes, no shell's time counts.</summary>
internal static class TerminalEcho
{
    private const int Blocks = 12;
    private const int Each = 500;
    private const int LineLength = 60;
    private const int FloodMegabytes = 50;
    private const string Keys = "abcdefghijklmnopqrstuvwxyz";
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(120);

    public static async Task MeasureAsync(BenchOptions options, Report report)
    {
        await using var hub = await HubProcess.StartAsync(
            new Dictionary<string, string>
            {
                ["Model:Provider"] = "offline",
                ["Sessions:Terminal:Commands:0"] = "cat",
                ["Sessions:Terminal:Commands:1"] = "bash",
                ["Sessions:OutputMegabytes"] = "4096",
                ["Limits:RequestsPerMinute"] = "1000000",
            }, application: options.App);
        using var person = await HubClient.SignInAsync(hub);
        var workspace = (await person.CallAsync("workspace.create", new JsonObject { ["title"] = "p2" })).Json["plan"]!["effects"]![0]!["resource"]!.GetValue<string>()["workspace/".Length..];
        using var server = options.Peers is { } peers ? await PeerServer.StartAsync(peers) : null;
        var (ours, theirs) = (new Samples(), new Samples());
        await using (var product = await HubTerminal.OpenAsync(hub, person, await BeginAsync(person, workspace, "cat")))
        {
            await using var peer = server is null ? null : await PeerTerminal.OpenAsync(server);
            for (var block = -1; block < Blocks; block++)
            {
                await EchoAsync(product, block < 0 ? new Samples() : ours);
                if (peer is not null) await EchoAsync(peer, block < 0 ? new Samples() : theirs);
            }
        }
        report.Add("terminal: a key to its echo, transcript on", ours, p95: 0.75);
        if (server is null) report.Note("no peer: give --peers a folder with node-pty and ws");
        else
        {
            report.Add("the same with node-pty + ws", theirs);
            report.Add("ratio of the medians", ours.At(0.5) / theirs.At(0.5), "×", atMost: 1.2);
        }
        await FloodAsync(hub, person, workspace, report);
    }

    private static async Task<string> BeginAsync(HubClient person, string workspace, params string[] command)
    {
        var begun = await person.PostAsync("/api/v1/sessions", new JsonObject
        {
            ["request_id"] = $"p2-{Guid.NewGuid():n}",
            ["workspace_id"] = workspace,
            ["mode"] = "terminal",
            ["command"] = new JsonArray([.. command.Select(c => (JsonNode?)c)]),
        });
        if (begun.Status != 202) throw new InvalidOperationException($"A terminal was refused: {begun.Text}");
        var id = begun.Field("id")!;
        if (!await Soon.HoldsAsync(async () => (await person.GetAsync($"/api/v1/sessions/{id}")).Field("state") is not ("queued" or "starting"))) throw new InvalidOperationException($"The terminal {id} does not start.");
        return id;
    }

    private static async Task EchoAsync(ITerminalSide side, Samples samples)
    {
        using var limit = new CancellationTokenSource(_limit, TimeProvider.System);
        for (var i = 0; i < Each; i++)
        {
            // A line is at most so long in the kernel's cooked mode; its end comes back twice.
            if (i % LineLength == LineLength - 1)
            {
                await side.TypeAsync($"-{i}-\n");
                await UntilAsync(side, $"-{i}-\r\n", 2, limit.Token);
            }
            var key = Keys.Substring(i % Keys.Length, 1);
            var since = Stopwatch.GetTimestamp();
            await side.TypeAsync(key);
            await UntilAsync(side, key, 1, limit.Token);
            samples.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            // As the peer's own measurement does: not a benchmark of a busy loop, and below the hub's limit of frames a second.
            if (i % 10 == 0) await Task.Delay(5);
        }
    }

    private static async Task UntilAsync(ITerminalSide side, string text, int times, CancellationToken cancellationToken)
    {
        var (wanted, tail) = (Encoding.ASCII.GetBytes(text), new List<byte>());
        while (true)
        {
            tail.AddRange((await side.ReadAsync(cancellationToken)).Span);
            if (Count([.. tail], wanted) >= times) return;
        }
    }

    private static int Count(ReadOnlySpan<byte> text, ReadOnlySpan<byte> wanted)
    {
        var count = 0;
        for (var at = text.IndexOf(wanted); at >= 0; at = text.IndexOf(wanted))
        {
            count++;
            text = text[(at + wanted.Length)..];
        }
        return count;
    }

    private static async Task FloodAsync(HubProcess hub, HubClient person, string workspace, Report report)
    {
        var bytes = FloodMegabytes * 1024L * 1024L;
        await using var side = await HubTerminal.OpenAsync(hub, person, await BeginAsync(person, workspace, "bash", "-c", $"stty -opost; read go; yes a line of a flood as long as most | head -c {bytes}; read go"));
        await side.TypeAsync("go\n");
        using var limit = new CancellationTokenSource(_limit, TimeProvider.System);
        var before = Machine.Memory(hub.ProcessId);
        var (got, most) = (0L, before);
        var since = Stopwatch.GetTimestamp();
        while (got < bytes)
        {
            got += (await side.ReadAsync(limit.Token)).Length;
            if (got % 64 == 0) most = Math.Max(most, Machine.Memory(hub.ProcessId));
        }
        report.Add($"flood of {FloodMegabytes} MiB, transcript on", bytes / 1024.0 / 1024.0 / Stopwatch.GetElapsedTime(since).TotalSeconds, "MiB/s", atLeast: 20);
        report.Add("the hub's memory above what it had before the flood, the most", most - before, "MiB");
    }
}
