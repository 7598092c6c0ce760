using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Records;
using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>A terminal's transcript for people, for players and for programs.</summary>
public sealed class TerminalReadingTests : IDisposable
{
    private static readonly Session _session = new()
    {
        Id = RecordBed.Session,
        WorkspaceId = "ws_1",
        OwnerId = "acc_1",
        Mode = SessionMode.Terminal,
        Profile = "default",
        RequestId = "req-1",
        PrincipalKey = "acc_1",
        State = SessionState.Ended,
        EndReason = SessionEnd.Completed,
    };

    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("one\r\ntwo\r\n", "one|two")]
    [InlineData("10%\r50%\r100%\r\n", "100%")]
    [InlineData("typo\b\b\bypes\r\n", "types")]
    [InlineData("\e[31mred\e[0m and \e]0;title\aplain\e(B\r\n", "red and plain")]
    [InlineData("old text\r\e[Knew\r\n", "new")]
    [InlineData("a\tb\e[3Cc\r\n", "a       b   c")]
    [InlineData("\e[2J\e[1;1Hfirst\e[2;1Hsecond", "first|second")]
    [InlineData("a\r\n\r\n\r\nb\r\n", "a|b")]
    [InlineData("gr\u00fc\u00dfe \ud83d\udc1b\r\n", "gr\u00fc\u00dfe \ud83d\udc1b")]
    public async Task What_is_printed_becomes_the_lines_that_were_seen(string printed, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(printed);
        foreach (var size in (int[])[1, 3, 1000])
        {
            var frames = bytes.Chunk(size).Select((piece, i) => RecordBed.Out(i + 1, piece)).ToList();
            Assert.Equal(expected, string.Join('|', (await AllAsync(frames, 1000)).Select(l => l.Text)));
        }
    }

    [Fact]
    public async Task Kinds_and_times_are_told_and_what_was_hidden_stays_so()
    {
        var lines = await AllAsync(Story(), 100);
        Assert.Equal(
            ["out $ ls", "in ls", "out file", "in (7 characters that were not shown)", "system Frames 9 to 11 are missing.", "system said", "out last", "system Ended: completed."],
            lines.Select(l => $"{l.Kind} {l.Text}"));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(12), lines[5].At);
    }

    [Theory]
    [InlineData("""{"account":"acc_1","name":"Mara","by":"acc_1"}""", "Mara is in control.")]
    // Recorded by an earlier version.
    [InlineData("""{"account":"acc_1","by":"acc_1"}""", "acc_1 is in control.")]
    [InlineData("""{"account":null,"name":null,"by":"acc_1"}""", "Nobody is in control.")]
    public async Task Who_is_in_control_is_told_by_name(string data, string told)
    {
        Assert.Equal([told], (await AllAsync([RecordBed.Other(1, TerminalFrames.Control, data)], 10)).Select(l => l.Text));
    }

    [Fact]
    public async Task Pages_of_any_size_put_together_are_the_whole()
    {
        var random = new Random(3);
        var text = string.Concat(Enumerable.Range(0, 300).Select(i => $"line {i} {new string('x', random.Next(60))}\r\n"));
        var (frames, at) = (new List<TerminalFrame>(), 0);
        while (at < text.Length)
        {
            var length = Math.Min(random.Next(1, 200), text.Length - at);
            frames.Add(RecordBed.Out(frames.Count + 1, text.Substring(at, length)));
            at += length;
        }
        var whole = await AllAsync(frames, 1000);
        Assert.Equal(300, whole.Count);
        foreach (var size in (int[])[1, 7, 50]) Assert.Equal(whole, await AllAsync(frames, size));
        var found = await AllAsync(frames, 3, "LINE 29");
        Assert.Equal(whole.Where(l => l.Text.Contains("line 29", StringComparison.Ordinal)), found);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    public async Task Pages_from_the_end_back_put_together_are_the_whole(int from)
    {
        var random = new Random(5);
        var text = string.Concat(Enumerable.Range(0, 120).Select(i => $"line {i} {new string('x', random.Next(60))}\r\n"));
        var (frames, at) = (new List<TerminalFrame>(), 0);
        while (at < text.Length)
        {
            var length = Math.Min(random.Next(1, 90), text.Length - at);
            frames.Add(RecordBed.Out(frames.Count + 1, text.Substring(at, length)));
            at += length;
        }
        var whole = await AllAsync(frames, 1000);
        var (back, place) = (new List<ReadableLine>(), (LineCursor?)null);
        while (true)
        {
            var (begins, isWhole) = await TerminalReading.BeginOf(FramesAsync(frames, from), from, place, 7);
            var page = await TerminalReading.PageOf(FramesAsync(frames, begins.Seq), null, begins, 7);
            // The last one that is reached may overlap.
            back.InsertRange(0, page.Items.Except(back));
            if (!isWhole) break;
            Assert.Equal(7, page.Items.Count);
            place = begins;
        }
        Assert.Equal(whole.TakeLast(back.Count), back);
        Assert.True(from > 0 ? back.Count > 60 : back.Count == 120, $"{back.Count} lines.");
    }

    [Fact]
    public async Task The_last_page_ends_with_what_stands_there_without_an_end()
    {
        List<TerminalFrame> frames = [RecordBed.Out(1, "one\r\ntwo\r\n"), RecordBed.Out(2, "three\r\n$ ")];
        var (begins, _) = await TerminalReading.BeginOf(FramesAsync(frames, 0), 0, null, 2);
        Assert.Equal(["three", "$"], (await TerminalReading.PageOf(FramesAsync(frames, begins.Seq), null, begins, 2)).Items.Select(l => l.Text.TrimEnd()));
    }

    [Fact]
    public async Task The_end_of_a_record_is_found_without_reading_all_of_it()
    {
        var bed = new RecordBed(_temp["data"]);
        await using (var record = await bed.OpenAsync())
            for (var i = 1; i <= 200; i++) await record.AppendAsync(RecordBed.Out(i, $"line {i}\r\n"), default);
        var transcript = new SessionTranscript(_session, bed.Records.FolderOf(RecordBed.Session), () => throw new InvalidOperationException("a terminal has no rows"));
        Assert.Equal(0, await transcript.TailAsync(1_000_000, default));
        var tail = await transcript.TailAsync(2_000, default);
        Assert.InRange(tail, 150, 198);
        Assert.Equal(tail + 1, (await transcript.FramesAsync(tail, default).FirstAsync(TestContext.Current.CancellationToken)).Seq);
        Assert.Equal(Encoding.UTF8.GetString(bed.File).Split('\n')[199] + "\n", Encoding.UTF8.GetString(await BytesAsync((output, stop) => transcript.WriteRecordsAsync(output, 199, stop))));
    }

    [Fact]
    public async Task A_search_looks_through_a_bounded_part_at_a_time()
    {
        var piece = new string('y', 60 * 1024) + "\r\n";
        var page = await TerminalReading.PageOf(FramesAsync([.. Enumerable.Range(1, 300).Select(i => RecordBed.Out(i, piece))], 0), "absent", default, 10);
        Assert.Empty(page.Items);
        Assert.InRange(page.Next!.Value.Seq, 100, 200);
    }

    [Fact]
    public async Task It_is_given_out_as_records_as_a_document_for_players_and_for_people()
    {
        var bed = new RecordBed(_temp["data"]);
        await using (var record = await bed.OpenAsync())
            foreach (var frame in Story()) await record.AppendAsync(frame, default);
        var transcript = new SessionTranscript(_session, bed.Records.FolderOf(RecordBed.Session), () => throw new InvalidOperationException("a terminal has no rows"));
        Assert.Equal(bed.File, await BytesAsync(transcript.WriteRecordsAsync));
        var document = JsonNode.Parse(await BytesAsync(transcript.WriteJsonAsync))!;
        Assert.Equal(Story().Count, document["records"]!.AsArray().Count);
        var cast = Encoding.UTF8.GetString(await BytesAsync(transcript.WriteCastAsync)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal((2, 90, 25), (cast[0]["version"]!.GetValue<int>(), cast[0]["width"]!.GetValue<int>(), cast[0]["height"]!.GetValue<int>()));
        Assert.Equal(["r", "o", "i", "i", "i", "o", "m", "m", "o", "m"], cast[1..].Select(e => e[1]!.GetValue<string>()));
        Assert.Equal("file\r\n", cast[6][2]!.GetValue<string>());
        Assert.Equal(6.0, cast[6][0]!.GetValue<double>());
        var markdown = Encoding.UTF8.GetString(await BytesAsync(transcript.WriteMarkdownAsync));
        Assert.Contains("\n### Typed, 1970-01-01T00:00:05.000Z\n\n```text\nls\n```\n", markdown, StringComparison.Ordinal);
        Assert.Contains("```text\n$ ls\n```", markdown, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', markdown);
        Assert.Equal(TranscriptVerdict.Good(14) with { Records = Story().Count }, await transcript.VerifyAsync(default));
        var bytes = bed.File;
        bytes[^9] ^= 1;
        await File.WriteAllBytesAsync(bed.Parts[0], bytes);
        Assert.Equal(("record_changed", 14L), ((await transcript.VerifyAsync(default)).Problem, (await transcript.VerifyAsync(default)).FirstBadSeq));
    }

    private static List<TerminalFrame> Story() =>
    [
        RecordBed.Other(1, TerminalFrames.Resize, """{"cols":90,"rows":25}"""), RecordBed.Out(2, "\e[1m$\e[0m ls\r\n"),
        RecordBed.In(3, "l"), RecordBed.In(4, "s"), RecordBed.In(5, "\r"), RecordBed.Out(6, ""), RecordBed.Out(7, "file\r\n"),
        RecordBed.Other(8, TerminalFrames.In, """{"hidden":7,"account":"acc_1"}"""), RecordBed.Other(11, TerminalFrames.Gap, """{"from":9,"to":11}"""),
        RecordBed.Other(12, TerminalFrames.System, """{"text":"said","code":"x"}"""), RecordBed.Out(13, "last"), RecordBed.Ended(14),
    ];

    private static async Task<List<ReadableLine>> AllAsync(IReadOnlyList<TerminalFrame> frames, int limit, string? text = null)
    {
        var (all, place) = (new List<ReadableLine>(), default(LineCursor));
        while (true)
        {
            var page = await TerminalReading.PageOf(FramesAsync(frames, place.Seq), text, place, limit);
            Assert.True(page.Items.Count <= limit);
            all.AddRange(page.Items);
            if (page.Next is not { } next) return all;
            Assert.Equal(next, LineCursor.Read(next.ToString()));
            place = next;
        }
    }

    private static async IAsyncEnumerable<TerminalFrame> FramesAsync(IReadOnlyList<TerminalFrame> frames, long after)
    {
        await Task.Yield();
        foreach (var frame in frames.Where(f => f.Seq > after)) yield return frame;
    }

    private static async Task<byte[]> BytesAsync(Func<Stream, CancellationToken, Task> write)
    {
        using var all = new MemoryStream();
        await write(all, default);
        return all.ToArray();
    }
}
