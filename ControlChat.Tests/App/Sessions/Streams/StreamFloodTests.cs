using System.Diagnostics;
using System.Text;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Sessions.Streams;

/// <summary>Much at once, clients that do not read, and clients that come and go.</summary>
public sealed class StreamFloodTests
{
    [Fact]
    public async Task A_client_that_does_not_read_is_told_what_it_missed_when_it_reads_again_and_is_closed()
    {
        var time = new FakeTime();
        await using var bench = await StreamBench.StartAsync(time);
        var (_, socket) = await bench.OpenAsync(bench.Hub.Browser);
        Flood(bench.Terminal, 2000);
        var stuck = await StuckAsync(bench.Terminal);
        Assert.InRange(stuck, 1, 1000);
        time.Advance(StuckFor);
        await using var client = new StreamClient(socket!);
        // The frame that was stuck has left after all.
        var gap = await client.NextAsync("gap");
        Assert.Equal((stuck + 1, 2000), (gap["from"]!.GetValue<long>(), gap["to"]!.GetValue<long>()));
        Assert.Equal(stuck, client.Seq);
        Assert.Equal(4001, await client.ClosedAsync());
        await Waiting.UntilAsync(() => bench.Terminal.Viewers == 0);
    }

    [Fact]
    public async Task So_is_one_that_reads_a_record_and_does_not_read_for_three_quarters_of_a_minute()
    {
        var time = new FakeTime();
        await using var bench = await StreamBench.StartAsync(time);
        Flood(bench.Terminal, 1000);
        bench.Terminal.Add("ended", new { reason = "completed" });
        bench.Terminals.Leave(bench.Session);
        await SessionBench.EndAsync(bench.Database, bench.Session);
        var (_, socket) = await bench.OpenAsync(bench.Hub.Browser);
        await Waiting.UntilAsync(() => bench.Terminals.Replayed > 5);
        var (read, same) = (0, 0);
        await Waiting.UntilAsync(() =>
        {
            same = bench.Terminals.Replayed == read ? same + 1 : 0;
            read = bench.Terminals.Replayed;
            return same > 100;
        });
        time.Advance(TimeSpan.FromSeconds(11));
        time.Advance(TimeSpan.FromSeconds(40));
        await using var client = new StreamClient(socket!);
        var gap = await client.NextAsync("gap");
        Assert.Equal((client.Seq + 1, 1001), (gap["from"]!.GetValue<long>(), gap["to"]!.GetValue<long>()));
        Assert.Equal(4001, await client.ClosedAsync());
    }

    [Fact]
    public async Task A_client_that_never_reads_again_is_left()
    {
        var time = new FakeTime();
        await using var bench = await StreamBench.StartAsync(time);
        var (_, socket) = await bench.OpenAsync(bench.Hub.Browser);
        using var open = socket;
        Flood(bench.Terminal, 2000);
        await StuckAsync(bench.Terminal);
        time.Advance(StuckFor);
        await Waiting.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return bench.Terminal.Viewers == 0;
        });
        await bench.ConnectAsync();
    }

    [Fact]
    public async Task Clients_that_drop_and_resume_have_all_of_it_once()
    {
        await using var bench = await StreamBench.StartAsync();
        var all = new StringBuilder();
        using var limit = new CancellationTokenSource(StreamClient.Patience);
        var printing = Task.Run(async () =>
        {
            using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
            for (var i = 0; i < 400; i++)
            {
                await pause.WaitForNextTickAsync(limit.Token);
                all.Append(i).Append(' ');
                bench.Terminal.Print($"{i} ");
            }
            bench.Terminal.Add("ended", new { reason = "completed" });
        }, limit.Token);
        var read = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => ReadAsync(bench, new Random(i), limit.Token)));
        await printing;
        Assert.All(read, r => Assert.Equal(all.ToString(), r.Text));
        Assert.True(read.Sum(r => r.Drops) > 12, "They dropped.");
    }

    [Fact]
    public async Task A_flood_passes_in_order_and_whole()
    {
        await using var bench = await StreamBench.StartAsync();
        var client = await bench.ConnectAsync();
        var since = Stopwatch.GetTimestamp();
        for (var i = 0; i < 800; i++) bench.Terminal.Print($"<{i}>{new string('x', 60_000)}");
        bench.Terminal.Add("ended", new { reason = "completed" });
        Assert.Equal(4000, await client.ClosedAsync());
        TestContext.Current.TestOutputHelper?.WriteLine($"{client.Printed.Length / 1048576.0 / Stopwatch.GetElapsedTime(since).TotalSeconds:0} MiB/s");
        Assert.Equal(string.Concat(Enumerable.Range(0, 800).Select(i => $"<{i}>")), client.Printed.Replace("x", "", StringComparison.Ordinal));
    }

    private static TimeSpan StuckFor { get; } = TimeSpan.FromSeconds(11);

    private static void Flood(FakeTerminal terminal, int frames)
    {
        var data = new byte[60_000];
        for (var i = 0; i < frames; i++) terminal.Print(data);
    }

    /// <returns>The frame that does not leave.</returns>
    private static async Task<int> StuckAsync(FakeTerminal terminal)
    {
        var (taken, same) = (0, 0);
        await Waiting.UntilAsync(() =>
        {
            same = terminal.Taken == taken && taken > 0 ? same + 1 : 0;
            taken = terminal.Taken;
            return same > 100;
        });
        return taken;
    }

    private static async Task<(string Text, int Drops)> ReadAsync(StreamBench bench, Random dice, CancellationToken limit)
    {
        var (text, drops, seq, token) = (new StringBuilder(), 0, 0L, "");
        while (true)
        {
            var client = await bench.ConnectAsync(query: $"?cursor={seq}");
            var over = client.ClosedAsync();
            try
            {
                if (token.Length > 0) await client.SendAsync(new { v = 1, t = "resume", resume_token = token, after = seq });
            }
            catch (System.Net.WebSockets.WebSocketException) when (over.IsCompleted)
            {
                // All of it was sent, and the hub closed it, before this one said who it is.
            }
            await Task.WhenAny(over, over.WaitAsync(TimeSpan.FromMilliseconds(dice.Next(50, 400)), limit));
            client.Abort();
            await over;
            drops++;
            await foreach (var frame in client.AllAsync())
            {
                var type = frame["t"]!.GetValue<string>();
                if (type == "hello") token = frame["resume_token"]!.GetValue<string>();
                if (type == "ended") return (text.ToString(), drops);
                if (type != "out" || frame["seq"]!.GetValue<long>() <= seq) continue;
                var at = frame["seq"]!.GetValue<long>();
                Assert.Equal(seq + 1, at);
                seq = at;
                text.Append(Encoding.UTF8.GetString(Convert.FromBase64String(frame["data"]!.GetValue<string>())));
            }
        }
    }
}
