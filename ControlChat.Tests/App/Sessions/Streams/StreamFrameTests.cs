using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Sessions.Streams;

/// <summary>The frames of contracts, section 8, both ways.</summary>
public sealed class StreamFrameTests : IAsyncLifetime
{
    private StreamBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await StreamBench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task What_is_printed_comes_with_its_sequence_and_what_is_typed_arrives()
    {
        var client = await ControllingAsync();
        _bench.Terminal.Print("before ");
        Assert.Equal(1, (await client.NextAsync("out"))["seq"]!.GetValue<long>());
        var all = new byte[65536];
        new Random(7).NextBytes(all);
        _bench.Terminal.Print(all);
        var frame = await client.NextAsync("out");
        Assert.Equal((2, Convert.ToBase64String(all)), (frame["seq"]!.GetValue<long>(), frame["data"]!.GetValue<string>()));
        await client.TypeAsync("ls\r");
        await client.SendTextAsync("""{"v":1,"t":"in","data":"\u0063\/\/\/"}""");
        await Waiting.UntilAsync(() => _bench.Terminal.Typed.StartsWith("ls\r", StringComparison.Ordinal) && _bench.Terminal.Typed.Length > 3);
        // As much as a frame of 64 KiB can hold.
        await client.SendAsync(new { v = 1, t = "in", data = Convert.ToBase64String(new byte[49_128]) });
        await Waiting.UntilAsync(() => _bench.Terminal.Typed.Length > 49_128);
    }

    [Fact]
    public async Task Every_sequence_comes_of_what_was_typed_only_that_it_is_there()
    {
        var client = await ControllingAsync();
        _bench.Terminal.Print("$ ");
        _bench.Terminal.Add(TerminalFrames.In, new { data = "c2VjcmV0", account = "acc_1" });
        _bench.Terminal.Add(TerminalFrames.In, new { hidden = 7, account = "acc_1" });
        _bench.Terminal.Print("done");
        _bench.Terminal.Add(TerminalFrames.Ended, new { reason = "completed" });
        await client.ClosedAsync();
        var (seen, text) = (new List<long>(), new List<string>());
        await foreach (var frame in client.AllAsync())
        {
            if (frame["seq"] is { } seq) seen.Add(seq.GetValue<long>());
            if (frame["t"]!.GetValue<string>() == "in") text.Add(frame.ToJsonString());
        }
        Assert.Equal([1, 2, 3, 4, 5], seen);
        Assert.Equal(["""{"v":1,"t":"in","seq":2}""", """{"v":1,"t":"in","seq":3}"""], text);
    }

    [Fact]
    public async Task A_size_a_notice_and_a_gap_come_in_their_place()
    {
        var client = await ControllingAsync();
        await client.SendAsync(new { v = 1, t = "resize", cols = 132, rows = 50 });
        var sized = await client.NextAsync("state", s => s["seq"] is not null);
        Assert.Equal((1, 132, 50), (sized["seq"]!.GetValue<long>(), sized["size"]!["cols"]!.GetValue<int>(), sized["size"]!["rows"]!.GetValue<int>()));
        _bench.Terminal.Add(TerminalFrames.System, new { text = "The disk is full.", code = "disk" });
        var told = await client.NextAsync("state", s => s["seq"] is not null);
        // The size of now is not the one it had there.
        Assert.Equal(("The disk is full.", true), (told["notice"]!["text"]!.GetValue<string>(), told["size"] is null));
        _bench.Terminal.Add(TerminalFrames.Gap, new { from = 3, to = 9 });
        var gap = await client.NextAsync("gap");
        Assert.Equal((3, 9), (gap["from"]!.GetValue<long>(), gap["to"]!.GetValue<long>()));
        _bench.Terminal.Add(TerminalFrames.Control, new { account = (string?)null, by = "acc_1" });
        await client.NextAsync("state", s => s["seq"]?.GetValue<long>() == 4);
    }

    [Fact]
    public async Task It_says_whose_worker_counts_the_frames_from_where_on()
    {
        _bench.Terminal.Run = new TerminalRun(3, 17);
        var client = await _bench.ConnectAsync();
        Assert.Equal("""{"n":3,"after":17}""", (await client.NextAsync("hello"))["run"]!.ToJsonString());
        Assert.Equal("""{"n":3,"after":17}""", (await client.NextAsync("state"))["run"]!.ToJsonString());
        _bench.Terminals.Leave(_bench.Session);
        await SessionBench.EndAsync(_bench.Database, _bench.Session);
        var ended = await client.NextAsync("ended");
        Assert.Equal((true, true), (ended["run"]!["n"]!.GetValue<long>() > 0, ended["run"]!["after"] is null));
    }

    [Fact]
    public async Task The_end_is_told_and_closes()
    {
        var client = await _bench.ConnectAsync();
        _bench.Terminal.Print("bye");
        _bench.Terminal.Add(TerminalFrames.Ended, new { reason = "completed", exit_code = 7 });
        var ended = await client.NextAsync("ended");
        Assert.Equal(("completed", 7), (ended["reason"]!.GetValue<string>(), ended["exit_code"]!.GetValue<int>()));
        Assert.Equal(4000, await client.ClosedAsync());
        Assert.Equal("bye", client.Printed);
    }

    [Fact]
    public async Task How_far_an_ended_terminal_goes_is_said_first()
    {
        _bench.Terminal.Print("bye");
        _bench.Terminal.Add(TerminalFrames.Ended, new { reason = "completed", exit_code = 0 });
        _bench.Terminals.Leave(_bench.Session);
        await SessionBench.EndAsync(_bench.Database, _bench.Session);
        var client = await _bench.ConnectAsync();
        Assert.Equal(2, (await client.NextAsync("hello"))["seq"]!.GetValue<long>());
        await client.NextAsync("ended");
        Assert.Equal("bye", client.Printed);
    }

    [Fact]
    public async Task What_is_typed_before_the_terminal_is_joined_arrives()
    {
        await using var bench = await StreamBench.StartAsync(begun: false);
        var client = await bench.ConnectAsync();
        await client.SendAsync(new { v = 1, t = "take_control" });
        await client.TypeAsync("ls");
        await client.SendAsync(new { v = 1, t = "resize", cols = 90, rows = 20 });
        await client.NextAsync("hello");
        bench.Begin();
        await Waiting.UntilAsync(() => bench.Terminal.Typed == "ls");
        await client.NextAsync("state", s => s["size"]?["cols"]?.GetValue<int>() == 90);
    }

    [Fact]
    public async Task One_that_has_not_begun_is_waited_for()
    {
        await using var bench = await StreamBench.StartAsync(begun: false);
        var client = await bench.ConnectAsync();
        var hello = await client.NextAsync("hello");
        Assert.Equal((0, "starting"), (hello["seq"]!.GetValue<long>(), hello["session"]!["state"]!.GetValue<string>()));
        Assert.False((await client.NextAsync("state"))["at_work"]!.GetValue<bool>());
        await client.TypeAsync("too soon");
        await client.TypeAsync("and again");
        var since = Stopwatch.GetTimestamp();
        Assert.Equal("not_at_work", await client.ErrorAsync());
        // The end of a text without its beginning would be another one.
        Assert.Equal("busy", await client.ErrorAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(since).TotalSeconds, 4, 9);
        bench.Begin();
        bench.Terminal.Print("here");
        await client.NextAsync("out");
        Assert.Equal("here", client.Printed);
    }

    [Fact]
    public async Task One_that_has_ended_is_replayed()
    {
        _bench.Terminal.Print("all of it");
        _bench.Terminal.Print(", to the end");
        _bench.Terminals.Leave(_bench.Session);
        await SessionBench.EndAsync(_bench.Database, _bench.Session);
        var client = await _bench.ConnectAsync();
        Assert.Equal(("stopped", 4000), ((await client.NextAsync("ended"))["reason"]!.GetValue<string>(), await client.ClosedAsync()));
        Assert.Equal("all of it, to the end", client.Printed);
        var rest = await _bench.ConnectAsync(query: "?cursor=1");
        Assert.Equal(4000, await rest.ClosedAsync());
        Assert.Equal(", to the end", rest.Printed);
    }

    [Fact]
    public async Task A_session_that_ends_without_its_terminals_last_frame_ends_the_stream()
    {
        var client = await _bench.ConnectAsync();
        await client.NextAsync("hello");
        _bench.Terminals.Leave(_bench.Session);
        await SessionBench.EndAsync(_bench.Database, _bench.Session);
        await client.NextAsync("state", s => s["state"]!.GetValue<string>() == "ended");
        Assert.Equal("stopped", (await client.NextAsync("ended"))["reason"]!.GetValue<string>());
        Assert.Equal(4000, await client.ClosedAsync());
    }

    [Theory]
    [InlineData("""{"v":1,"t":"nothing"}""", "unknown_type")]
    [InlineData("""{"v":1}""", "unknown_type")]
    [InlineData("""{"v":1,"t":7}""", "unknown_type")]
    [InlineData("""{"v":1,"t":"in"}""", "invalid")]
    [InlineData("""{"v":1,"t":"in","data":"?"}""", "invalid")]
    [InlineData("""{"v":1,"t":"in","data":"YQ"}""", "invalid")]
    [InlineData("""{"v":1,"t":"in","data":7}""", "invalid")]
    [InlineData("""{"v":1,"t":"in","data":"\ud800"}""", "invalid")]
    [InlineData("""{"v":1,"t":"in","data":"YQ==","more":{"a":[1]}}""", "invalid")]
    [InlineData("""{"v":1,"t":"in","data":"YQ==","data":"YQ=="}""", "invalid")]
    [InlineData("""{"v":1,"t":"in","data":"YQ==","cols":7}""", "invalid")]
    [InlineData("""{"v":1,"t":"resize","cols":0,"rows":1}""", "invalid")]
    [InlineData("""{"v":1,"t":"resize","cols":501,"rows":1}""", "invalid")]
    [InlineData("""{"v":1,"t":"resize","cols":80,"rows":301}""", "invalid")]
    [InlineData("""{"v":1,"t":"resize","cols":80.5,"rows":1}""", "invalid")]
    [InlineData("""{"v":1,"t":"resize","cols":80}""", "invalid")]
    [InlineData("""{"v":1,"t":"resize","cols":1e400,"rows":1}""", "invalid")]
    [InlineData("""{"v":1,"t":"pong","n":99}""", "invalid")]
    [InlineData("""{"v":1,"t":"resume","resume_token":"forged","after":0}""", "resume_invalid")]
    [InlineData("""{"v":1,"t":"resume","after":-1}""", "sequence_invalid")]
    [InlineData("""{"v":1,"t":"resume","after":9223372036854775807}""", "sequence_invalid")]
    public async Task What_is_wrong_is_said_and_the_connection_stays(string frame, string code)
    {
        var client = await ControllingAsync();
        await client.SendTextAsync(frame);
        Assert.Equal(code, await client.ErrorAsync());
        await StillServesAsync(client);
        Assert.Equal("still here", _bench.Terminal.Typed);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("{}")]
    [InlineData("""{"v":1,"t":"in","data":"YQ=="} {}""")]
    [InlineData("""{"v":2,"t":"in","data":"YQ=="}""")]
    [InlineData("""{"v":"1","t":"in","data":"YQ=="}""")]
    [InlineData("""{"v":1,"t":"in","data":"YQ=="}""", true)]
    public async Task What_cannot_be_understood_closes_with_1008(string text, bool binary = false)
    {
        var client = await ControllingAsync();
        await client.SendBytesAsync(Encoding.UTF8.GetBytes(text), binary ? WebSocketMessageType.Binary : WebSocketMessageType.Text);
        Assert.Equal(1008, await client.ClosedAsync());
        Assert.Equal("", _bench.Terminal.Typed);
    }

    [Fact]
    public async Task Too_deep_is_not_understood()
    {
        var client = await ControllingAsync();
        await client.SendTextAsync("{\"v\":1,\"a\":" + new string('[', 5000));
        Assert.Equal(1008, await client.ClosedAsync());
    }

    [Fact]
    public async Task A_frame_that_is_too_large_is_read_away_however_it_is_cut()
    {
        var client = await ControllingAsync();
        await client.SendTextAsync("""{"v":1,"t":"in","data":"AA""" + new string('A', 70_000) + "\"}");
        Assert.Equal("too_large", await client.ErrorAsync());
        for (var i = 0; i < 500; i++) await client.SendBytesAsync(Encoding.UTF8.GetBytes(new string('a', 10_000)), end: i == 499);
        Assert.Equal("too_large", await client.ErrorAsync());
        // In pieces it is one frame all the same.
        await client.SendBytesAsync("{\"v\":1,\"t\""u8.ToArray(), end: false);
        await client.SendBytesAsync(":\"in\",\"data\":\"c3RpbGw=\"}"u8.ToArray());
        await Waiting.UntilAsync(() => _bench.Terminal.Typed == "still");
    }

    [Fact]
    public async Task Text_that_is_no_UTF8_ends_the_connection()
    {
        var client = await ControllingAsync();
        await client.SendBytesAsync([.. "{\"v\":1,\"t\":\"in\",\"data\":\""u8, 0xff, .. "\"}"u8]);
        Assert.Equal(1007, await client.ClosedAsync());
        await StillServesAsync(await ControllingAsync());
    }

    [Fact]
    public async Task Where_one_reads_on_that_has_ended_is_where_it_ended_at_most()
    {
        _bench.Terminal.Print("all of it");
        _bench.Terminal.Add(TerminalFrames.Ended, new { reason = "completed" });
        _bench.Terminals.Leave(_bench.Session);
        await SessionBench.EndAsync(_bench.Database, _bench.Session);
        await _bench.Database.WriteAsync(t => t.ExecuteAsync("update sessions set ended_at = '2026-01-01T00:00:00.000Z' where id = @Session", new { _bench.Session }, default));
        var client = await _bench.ConnectAsync(query: "?cursor=90");
        var error = await client.NextAsync("error");
        Assert.Equal(("sequence_invalid", 2), (error["code"]!.GetValue<string>(), error["newest"]!.GetValue<long>()));
        await client.NextAsync("ended");
        Assert.Equal(4000, await client.ClosedAsync());
    }

    [Fact]
    public async Task The_last_of_one_that_has_just_ended_is_waited_for()
    {
        _bench.Terminal.Print("almost all");
        _bench.Terminals.Leave(_bench.Session);
        await SessionBench.EndAsync(_bench.Database, _bench.Session);
        var client = await _bench.ConnectAsync();
        await client.NextAsync("out");
        _bench.Terminal.Print(", and the rest");
        _bench.Terminal.Add(TerminalFrames.Ended, new { reason = "completed", exit_code = 3 });
        Assert.Equal(3, (await client.NextAsync("ended"))["exit_code"]!.GetValue<int>());
        Assert.Equal("almost all, and the rest", client.Printed);
    }

    private Task<StreamClient> ControllingAsync() => _bench.ControllingAsync();

    private async Task StillServesAsync(StreamClient client)
    {
        await client.TypeAsync("still here");
        await Waiting.UntilAsync(() => _bench.Terminal.Typed.EndsWith("still here", StringComparison.Ordinal));
    }
}
