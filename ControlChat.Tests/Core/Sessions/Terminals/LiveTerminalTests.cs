using System.Text;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Live;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>Frames of a terminal on their way to those who look at it and to the transcript.</summary>
public sealed class LiveTerminalTests : IDisposable
{
    private const int Piece = 60 * 1024;
    private readonly FakeRecord _record = new();
    private readonly LiveTerminal _terminal;

    public LiveTerminalTests() => _terminal = new LiveTerminal("ags_1", _record, TimeProvider.System);

    [Fact]
    public async Task A_reader_sees_all_in_order_and_of_what_was_typed_only_that()
    {
        Print("one");
        _terminal.Type(new() { ["data"] = "eA==", ["account"] = "acc_1" }, 1);
        Print("two");
        _terminal.Resize(new TerminalSize(80, 24));
        _terminal.End("completed", 0);
        var frames = await ReadAllAsync(0);
        Assert.Equal(["out", "in", "out", "resize", "ended"], frames.Select(f => f.Type));
        Assert.Equal([1L, 2, 3, 4, 5], frames.Select(f => f.Seq));
        Assert.Equal(0, frames[1].Data.Length);
        Assert.Equal("onetwo", TextOf(frames));
        Assert.Equal("""{"reason":"completed","exit_code":0}""", Encoding.UTF8.GetString(frames[^1].Data.Span));
        Assert.Equal(["out", "in", "out", "resize", "ended"], _record.Kept.Select(f => f.Type));
    }

    [Fact]
    public async Task Nothing_comes_behind_the_end()
    {
        _terminal.End("stopped", null);
        Print("late");
        Assert.Equal("ended", Assert.Single(await ReadAllAsync(0)).Type);
        Assert.Equal("ended", Assert.Single(_record.Kept).Type);
    }

    [Fact]
    public async Task A_live_reader_hears_of_each_frame_as_it_comes()
    {
        await using var reader = _terminal.ReadAsync(0, default).GetAsyncEnumerator();
        for (var i = 0; i < 200; i++)
        {
            var next = reader.MoveNextAsync();
            Print($"{i};");
            Assert.True(await next);
            Assert.Equal(i + 1, reader.Current.Seq);
        }
    }

    [Fact]
    public async Task What_the_buffer_has_no_more_comes_from_the_transcript_without_loss_or_duplicate()
    {
        var sent = Flood(200);
        Assert.True(_terminal.NowFor(Window("a")).OldestSeq > 1);
        _terminal.End("completed", 0);
        var frames = await ReadAllAsync(0);
        Assert.Equal(Enumerable.Range(1, 201).Select(i => (long)i), frames.Select(f => f.Seq));
        Assert.Equal(sent, frames.Sum(f => f.Type == "out" ? f.Data.Length : 0));
    }

    [Fact]
    public async Task A_reader_that_begins_in_the_middle_of_a_flood_joins_it_whole()
    {
        Flood(150);
        var reading = Task.Run(() => ReadAllAsync(3));
        // As fast as one that reads from the transcript can follow: it is not live before it has the buffer.
        for (var i = 0; i < 60; i++)
        {
            Flood(1);
            await Task.Yield();
        }
        _terminal.End("completed", 0);
        var frames = await reading;
        Assert.Equal(Enumerable.Range(4, 208).Select(i => (long)i), frames.Select(f => f.Seq));
    }

    [Fact]
    public async Task A_live_reader_that_falls_out_of_the_buffer_is_told_what_it_missed()
    {
        Print("a");
        await using var reader = _terminal.ReadAsync(0, default).GetAsyncEnumerator();
        Assert.True(await reader.MoveNextAsync());
        Flood(200);
        var slow = await Assert.ThrowsAsync<TerminalSlowException>(async () => await reader.MoveNextAsync());
        Assert.Equal((2, 201), (slow.From, slow.To));
        // It goes on later, with all of it.
        _terminal.End("completed", 0);
        Assert.Equal(Enumerable.Range(2, 201).Select(i => (long)i), (await ReadAllAsync(1)).Select(f => f.Seq));
    }

    [Fact]
    public async Task What_is_nowhere_any_more_is_a_gap()
    {
        Flood(200);
        var oldest = _terminal.NowFor(Window("a")).OldestSeq;
        _record.Lose(201);
        _record.Fault = "The disk is full.";
        _terminal.End("completed", 0);
        _record.Lose(201);
        var frames = await ReadAllAsync(0);
        Assert.Equal("gap", frames[0].Type);
        Assert.Equal($$"""{"from":1,"to":{{oldest - 1}}}""", Encoding.UTF8.GetString(frames[0].Data.Span));
        Assert.Equal(oldest, frames[1].Seq);
        Assert.Equal("ended", frames[^1].Type);
    }

    [Fact]
    public async Task The_program_waits_for_a_transcript_that_does_not_keep_up_and_goes_on_with_it()
    {
        _record.Stall();
        var printed = 0;
        var printing = Task.Run(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                Flood(1);
                Interlocked.Increment(ref printed);
            }
        });
        await Waiting.UntilAsync(() => Volatile.Read(ref printed) >= 5);
        // It stands still: what waits is bounded.
        await Assert.ThrowsAsync<TimeoutException>(() => printing.WaitAsync(TimeSpan.FromMilliseconds(300)));
        Assert.InRange(printed, 5, 12);
        // What people do goes on record all the same, in its place.
        _terminal.Type(new() { ["hidden"] = 1 }, 1);
        _record.GoOn();
        await printing;
        await _terminal.DrainAsync();
        Assert.Equal(Enumerable.Range(1, 101).Select(i => (long)i), _record.Kept.Select(f => f.Seq));
    }

    [Fact]
    public async Task A_transcript_that_stalls_holds_nobody_up_once_the_program_has_ended()
    {
        _record.Stall();
        var printing = Task.Run(() => Flood(40));
        await Assert.ThrowsAsync<TimeoutException>(() => printing.WaitAsync(TimeSpan.FromMilliseconds(200)));
        _terminal.Free();
        await printing;
        _record.GoOn();
        await _terminal.DrainAsync();
        Assert.Equal(40, _record.Kept.Count);
    }

    [Fact]
    public async Task What_waits_for_it_then_is_bounded_too()
    {
        _record.Stall();
        _terminal.Free();
        Flood(200);
        _terminal.End("stopped", null);
        _record.GoOn();
        await _terminal.DrainAsync();
        // What is missing between two of them the record tells as a gap.
        Assert.InRange(_record.Kept.Count * Piece, RecordLane.MostFree / 2, RecordLane.MostFree * 5 / 4);
        Assert.Equal((201, "ended"), (_record.Kept[^1].Seq, _record.Kept[^1].Type));
    }

    [Fact]
    public async Task A_transcript_that_takes_nothing_more_is_told()
    {
        _record.Broken = new IOException("It is gone.");
        Print("a");
        Assert.Equal("It is gone.", (await Assert.ThrowsAsync<IOException>(() => _terminal.Broken)).Message);
    }

    [Fact]
    public async Task Readers_end_when_this_process_has_it_no_more()
    {
        Print("a");
        var reading = ReadAllAsync(0);
        _terminal.Close();
        Assert.Equal("a", TextOf(await reading));
    }

    [Fact]
    public async Task A_reader_that_is_cancelled_ends_at_once()
    {
        using var cancel = new CancellationTokenSource();
        await using var reader = _terminal.ReadAsync(0, cancel.Token).GetAsyncEnumerator(CancellationToken.None);
        var next = reader.MoveNextAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
    }

    [Fact]
    public void Memory_is_bounded_whatever_is_printed()
    {
        Flood(1_000);
        var now = _terminal.NowFor(Window("a"));
        Assert.InRange((now.LastSeq - now.OldestSeq + 1) * Piece, LiveTerminal.MostHeld / 2, LiveTerminal.MostHeld);
        for (var i = 0; i < 200_000; i++) Print("");
        for (var i = 0; i < 200_000; i++) Print("x");
        now = _terminal.NowFor(Window("a"));
        Assert.InRange(now.LastSeq - now.OldestSeq, 1, LiveTerminal.MostHeld / FrameRing.Overhead);
    }

    public void Dispose() => _terminal.Dispose();

    internal static TerminalViewer Window(string id, string account = "acc_1", bool may = true) => new(id, account, account, may);

    private void Print(string text) => _terminal.Print(Encoding.UTF8.GetBytes(text), text.Length);

    private long Flood(int pieces)
    {
        for (var i = 0; i < pieces; i++) _terminal.Print(new byte[Piece], Piece);
        return (long)pieces * Piece;
    }

    private async Task<List<TerminalFrame>> ReadAllAsync(long after)
    {
        var frames = new List<TerminalFrame>();
        await foreach (var frame in _terminal.ReadAsync(after, default)) frames.Add(frame);
        return frames;
    }

    private static string TextOf(IEnumerable<TerminalFrame> frames) => string.Concat(frames.Where(f => f.Type == TerminalFrames.Out).Select(f => Encoding.UTF8.GetString(f.Data.Span)));
}
