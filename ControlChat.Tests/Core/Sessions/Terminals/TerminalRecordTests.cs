using System.Diagnostics;
using System.Text;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Records;
using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Tests.Core.Sessions.Transcripts;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>What a terminal shows is on disk soon, whatever happens to the disk or to the process.</summary>
public sealed class TerminalRecordTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Frames_are_on_disk_soon_and_come_back_as_they_were()
    {
        var bed = new RecordBed(_temp["data"]);
        var frames = new[]
        {
            RecordBed.Other(1, TerminalFrames.Resize, """{"cols":100,"rows":30}"""), RecordBed.Out(2, "\e[31mh\xe9llo\xff\r\n"), RecordBed.In(3, "ls\r"),
            RecordBed.Other(4, TerminalFrames.Control, """{"account":null,"name":null,"by":"acc_1"}"""), RecordBed.Other(5, TerminalFrames.System, """{"text":"said","code":"x"}"""), RecordBed.Ended(6),
        };
        await using (var record = await bed.OpenAsync())
        {
            Assert.Equal((0L, null, null), (record.LastSeq, record.RecordedTo, record.Fault));
            var watch = Stopwatch.StartNew();
            await record.AppendAsync(frames[0], default);
            await record.AppendAsync(frames[1], default);
            await Waiting.UntilAsync(() => record.RecordedTo is not null);
            // 250 ms are promised; a loaded machine may take as long again.
            Assert.True(watch.ElapsedMilliseconds < 1000, $"{watch.ElapsedMilliseconds} ms");
            Assert.Equal(2, bed.File.Count(b => b == '\n'));
            foreach (var frame in frames[2..]) await record.AppendAsync(frame, default);
        }
        Same(frames, await bed.ReadAsync());
        Same(frames[3..], await bed.ReadAsync(3));
        Assert.Empty(await bed.ReadAsync(6));
        Assert.False(TranscriptFile.IsOpen(bed.Records.FolderOf(RecordBed.Session)));
        Assert.Equal(TranscriptVerdict.Good(6), await TranscriptVerifier.VerifyAsync(bed.Parts[0], default));
    }

    [Fact]
    public async Task Secrets_never_reach_the_disk_wherever_frames_cut_them()
    {
        var bed = new RecordBed(_temp["data"]);
        bed.Redactor.Add("value-of-the-hub-0815");
        await using (var record = await bed.OpenAsync())
        {
            long seq = 0;
            foreach (var one in "the value-of-the-hub-0815 and sk-proj-0123456789abc\r\nlast\r\n") await record.AppendAsync(RecordBed.Out(++seq, one.ToString()), default);
            await record.AppendAsync(RecordBed.In(++seq, "login value-of-the-"), default);
            await record.AppendAsync(RecordBed.Out(++seq, "."), default);
            await record.AppendAsync(RecordBed.In(++seq, "hub-0815\r"), default);
            await record.AppendAsync(RecordBed.Other(++seq, TerminalFrames.System, """{"text":"it said value-of-the-hub-0815","code":"x"}"""), default);
        }
        var frames = await bed.ReadAsync();
        Assert.Equal("the [removed] and [removed]\r\nlast\r\n.", string.Concat(frames.Where(f => f.Type == TerminalFrames.Out).Select(RecordBed.Text)));
        var typed = frames.Where(f => f.Type == TerminalFrames.In).Select(f => Encoding.Latin1.GetString(Convert.FromBase64String(TerminalLine.Json(f)!["data"]!.GetValue<string>())));
        Assert.Equal(["login [removed]", "\r"], typed);
        Assert.Equal("it said [removed]", TerminalLine.Json(frames[^1])!["text"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_kill_at_any_byte_costs_at_most_the_record_under_way()
    {
        var random = new Random(42);
        var bed = new RecordBed(_temp["data"]);
        var frames = Enumerable.Range(1, 60).Select(i => RecordBed.Out(i, $"line {i} {new string('x', random.Next(300))}\r\n")).ToArray();
        await using (var record = await bed.OpenAsync())
            foreach (var frame in frames) await record.AppendAsync(frame, default);
        var path = Assert.Single(bed.Parts);
        var whole = await File.ReadAllBytesAsync(path);
        for (var round = 0; round < 60; round++)
        {
            var cut = random.Next(whole.Length + 1);
            await File.WriteAllBytesAsync(path, whole[..cut]);
            var there = whole[..cut].Count(b => b == '\n');
            // A reader does not stumble over it either.
            Same(frames[..there], await bed.ReadAsync());
            // What was shown and is not there keeps its numbers.
            var next = there + RecordMark.Leap + 1;
            await using (var record = await bed.OpenAsync())
            {
                Assert.Equal(next - 1, record.LastSeq);
                await record.AppendAsync(RecordBed.Out(next, "anew"), default);
            }
            Same([.. frames[..there], TerminalLine.Gap(there + 1, next - 1, RecordBed.Out(next, "").At), RecordBed.Out(next, "anew")], await bed.ReadAsync());
            Assert.True((await TranscriptVerifier.VerifyAsync(path, default)).Ok);
        }
    }

    [Fact]
    public async Task One_that_is_left_well_goes_on_where_it_was_left()
    {
        var bed = new RecordBed(_temp["data"]);
        for (var seq = 1; seq <= 3; seq++)
        {
            await using var record = await bed.OpenAsync();
            Assert.Equal(seq - 1, record.LastSeq);
            await record.AppendAsync(RecordBed.Out(seq, "x"), default);
        }
        Assert.Equal(["out 1 x", "out 2 x", "out 3 x"], (await bed.ReadAsync()).Select(Told));
        Assert.Equal(3, await RecordReader.LastSeqAsync(new FileParts(bed.Records.FolderOf(RecordBed.Session)), default));
        // Left well once says nothing of the next time.
        File.Delete(Path.Combine(bed.Records.FolderOf(RecordBed.Session), "left"));
        await using var again = await bed.OpenAsync();
        Assert.Equal(3 + RecordMark.Leap, again.LastSeq);
    }

    [Fact]
    public async Task One_that_does_not_begin_says_why_without_a_place_of_the_machine()
    {
        var bed = new RecordBed(_temp["data"]);
        Directory.CreateDirectory(_temp["data"]);
        await File.WriteAllTextAsync(Path.Combine(_temp["data"], "transcripts"), "");
        var fault = await Assert.ThrowsAsync<IOException>(bed.OpenAsync);
        Assert.DoesNotContain(_temp["data"], fault.Message, StringComparison.Ordinal);
        Assert.Contains("log says why", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_or_broken_between_two_records_is_told_as_a_gap()
    {
        var bed = new RecordBed(_temp["data"]);
        await using (var record = await bed.OpenAsync())
        {
            await record.AppendAsync(RecordBed.Out(1, "one"), default);
            await record.AppendAsync(RecordBed.Out(5, "five"), default);
            await record.AppendAsync(RecordBed.Out(6, "six"), default);
            await record.AppendAsync(RecordBed.Out(7, "seven"), default);
        }
        Assert.Equal(TranscriptVerdict.Good(7) with { Records = 5 }, await TranscriptVerifier.VerifyAsync(bed.Parts[0], default));
        Assert.Equal(["out 1 one", """gap 4 {"from":2,"to":4}""", "out 5 five", "out 6 six", "out 7 seven"], (await bed.ReadAsync()).Select(Told));
        Assert.Equal("""gap 4 {"from":3,"to":4}""", Told((await bed.ReadAsync(2))[0]));
        var bytes = bed.File;
        bytes[Array.LastIndexOf(bytes, (byte)'\n', bytes.Length - 2) - 20] ^= 1;
        await File.WriteAllBytesAsync(bed.Parts[0], bytes);
        Assert.Equal(["""gap 6 {"from":6,"to":6}""", "out 7 seven"], (await bed.ReadAsync(5)).Select(Told));
    }

    [Fact]
    public async Task A_full_disk_stops_no_terminal_and_what_it_cost_is_a_gap()
    {
        await using var disk = await SmallDisk.MountAsync(_temp["disk"], "64m");
        var bed = new RecordBed(Path.Combine(disk.Path, "data"));
        var (filler, piece) = (Path.Combine(disk.Path, "filler"), new string('y', 32 * 1024 - 2) + "\r\n");
        await using (var record = await bed.OpenAsync())
        {
            await record.AppendAsync(RecordBed.Out(1, "before\r\n"), default);
            await Waiting.UntilAsync(() => record.RecordedTo is not null);
            disk.Fill(filler);
            await record.AppendAsync(RecordBed.Out(2, piece), default);
            await Waiting.UntilAsync(() => record.Fault is not null);
            Assert.Contains("disk is full", record.Fault, StringComparison.Ordinal);
            var watch = Stopwatch.StartNew();
            for (var seq = 3; seq <= 500; seq++) await record.AppendAsync(RecordBed.Out(seq, piece), default);
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), "the terminal waited");
            File.Delete(filler);
            await Waiting.UntilAsync(() => record.Fault is null);
            await record.AppendAsync(RecordBed.Out(501, "behind\r\n"), default);
            await record.AppendAsync(RecordBed.Ended(502), default);
        }
        var frames = await bed.ReadAsync();
        Assert.Equal(("before\r\n", "behind\r\n", TerminalFrames.Ended), (RecordBed.Text(frames[0]), RecordBed.Text(frames[^2]), frames[^1].Type));
        Assert.Contains(frames, f => f.Type == TerminalFrames.Gap);
        long last = 0;
        foreach (var frame in frames)
        {
            Assert.Equal(last + 1, TerminalLine.First(frame));
            last = frame.Seq;
        }
        // What was kept meanwhile is the bound's worth.
        Assert.InRange(frames.Count(f => f.Data.Length == piece.Length), 200, 300);
        Assert.True((await TranscriptVerifier.VerifyAsync(bed.Parts[0], default)).Ok);
    }

    [Fact]
    public async Task One_process_writes_at_a_time()
    {
        var bed = new RecordBed(_temp["data"]);
        await using var record = await bed.OpenAsync();
        await Assert.ThrowsAsync<IOException>(bed.OpenAsync);
    }

    [Fact]
    public async Task A_flood_of_fifty_megabytes_is_written_fast_with_bounded_memory()
    {
        var bed = new RecordBed(_temp["data"]);
        bed.Redactor.Add("value-of-the-hub-0815");
        var data = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("a line of ordinary output that a build prints, eighty characters of it or so..\r\n", 410)))[..(32 * 1024)];
        var most = 0L;
        var watch = Stopwatch.StartNew();
        await using (var record = (TerminalRecord)await bed.OpenAsync())
        {
            for (var seq = 1; seq <= 1600; seq++)
            {
                await record.AppendAsync(RecordBed.Out(seq, data), default);
                most = Math.Max(most, record.Waiting);
            }
        }
        var rate = 50 / watch.Elapsed.TotalSeconds;
        TestContext.Current.TestOutputHelper?.WriteLine($"{rate:F0} MiB/s, {most / 1024} KiB");
        Assert.True(most < TerminalRecord.MostBytes + 64 * 1024, $"{most} bytes");
        // 40 MiB/s is the goal on a quiet machine with a release build.
        Assert.True(rate > 10, $"{rate:F0} MiB/s");
        Assert.True(bed.Parts.Count > 3);
        long last = 1500;
        await foreach (var frame in bed.Records.ReadAsync(RecordBed.Session, last, default))
        {
            Assert.Equal(++last, frame.Seq);
            Assert.True(frame.Data.Span.SequenceEqual(data));
        }
        Assert.Equal(1600, last);
    }

    private static string Told(TerminalFrame frame) => $"{frame.Type} {frame.Seq} {RecordBed.Text(frame)}";

    private static void Same(IEnumerable<TerminalFrame> expected, IEnumerable<TerminalFrame> actual) =>
        Assert.Equal(expected.Select(f => $"{f.At:O} {Told(f)}"), actual.Select(f => $"{f.At:O} {Told(f)}"));
}
