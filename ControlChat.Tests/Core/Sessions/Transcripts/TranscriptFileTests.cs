using System.Text;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Terminals.Records;
using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Transcripts;

public sealed class TranscriptFileTests : IDisposable
{
    private static readonly DateTimeOffset _at = DateTimeOffset.UnixEpoch;
    private readonly TempFolder _temp = new();

    private string Folder => _temp["ags_1"];

    [Fact]
    public void A_line_says_how_long_it_is_and_what_it_sums_to()
    {
        var line = TranscriptLine.Write(1, _at, "system", """{"text":"grüße"}""");
        Assert.Equal("{\"len\":83,\"crc\":\"693cec9e\",\"rec\":{\"seq\":1,\"at\":\"1970-01-01T00:00:00.000Z\",\"type\":\"system\",\"data\":{\"text\":\"grüße\"}}}\n", Encoding.UTF8.GetString(line));
        var read = TranscriptLine.Read(TranscriptLine.Record(line.AsSpan()[..^1]))!;
        Assert.Equal((1, _at, "system", """{"text":"grüße"}"""), (read.Seq, read.At, read.Type, read.Data));
    }

    [Fact]
    public async Task Parts_follow_each_other_and_are_for_their_owner_only()
    {
        using (var file = await TranscriptFile.OpenAsync(Folder, default, mostBytes: 300)) Fill(file, 1, 10);
        Assert.Equal(["000001.ndjson", "000002.ndjson", "000003.ndjson", "000004.ndjson", "000005.ndjson"], TranscriptFile.Parts(Folder).Select(Path.GetFileName));
        Assert.All(TranscriptFile.Parts(Folder), p => Assert.InRange(new FileInfo(p).Length, 1, 300));
        Assert.All(TranscriptFile.Parts(Folder), p => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(p)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
        using (var file = await TranscriptFile.OpenAsync(Folder, default, mostBytes: 300))
        {
            Assert.Equal(10, file.LastSeq);
            Fill(file, 11, 12);
        }
        Assert.Equal(TranscriptVerdict.Good(12), await VerifyAsync());
    }

    [Fact]
    public async Task Whatever_a_crash_left_of_the_last_record_is_cut_and_written_again()
    {
        using (var file = await TranscriptFile.OpenAsync(Folder, default)) Fill(file, 1, 3);
        var path = TranscriptFile.Parts(Folder).Single();
        var whole = File.ReadAllBytes(path);
        var last = TranscriptLine.Write(3, _at, "system", Data(3)).Length;
        for (var left = 0; left < last; left++)
        {
            await File.WriteAllBytesAsync(path, whole[..^(last - left)]);
            using (var file = await TranscriptFile.OpenAsync(Folder, default))
            {
                Assert.Equal(2, file.LastSeq);
                Fill(file, 3, 3);
            }
            Assert.Equal(whole, File.ReadAllBytes(path));
        }
    }

    [Fact]
    public async Task A_tail_that_takes_a_whole_part_leads_back_to_the_part_before()
    {
        using (var file = await TranscriptFile.OpenAsync(Folder, default, mostBytes: 300)) Fill(file, 1, 3);
        var parts = TranscriptFile.Parts(Folder);
        Assert.Equal(2, parts.Count);
        await File.WriteAllBytesAsync(parts[1], File.ReadAllBytes(parts[1])[..20]);
        using (var file = await TranscriptFile.OpenAsync(Folder, default, mostBytes: 300))
        {
            Assert.Equal(2, file.LastSeq);
            Fill(file, 3, 3);
        }
        Assert.Equal(TranscriptVerdict.Good(3), await VerifyAsync());
    }

    [Fact]
    public async Task Every_flipped_bit_is_found()
    {
        using (var file = await TranscriptFile.OpenAsync(Folder, default)) Fill(file, 1, 3);
        var path = TranscriptFile.Parts(Folder).Single();
        var whole = File.ReadAllBytes(path);
        for (var at = 0; at < whole.Length; at++)
        {
            var flipped = whole.ToArray();
            flipped[at] ^= (byte)(1 << (at % 8));
            await File.WriteAllBytesAsync(path, flipped);
            var verdict = await VerifyAsync();
            Assert.False(verdict.Ok, $"byte {at}");
            Assert.Equal(verdict.Records + 1, verdict.FirstBadSeq);
        }
    }

    [Fact]
    public async Task A_missing_a_doubled_and_a_broken_off_record_each_has_its_name()
    {
        var lines = Enumerable.Range(1, 3).Select(i => TranscriptLine.Write(i, _at, "system", Data(i))).ToList();
        Assert.Equal(TranscriptVerdict.Bad(1, "gap"), await OfAsync(lines[0], lines[2]));
        Assert.Equal(TranscriptVerdict.Bad(2, "order"), await OfAsync(lines[0], lines[1], lines[1]));
        Assert.Equal(TranscriptVerdict.Bad(2, "torn"), await OfAsync(lines[0], lines[1], lines[2][..^1]));
        Assert.Equal(TranscriptVerdict.Bad(1, "record_changed"), await OfAsync(lines[0], "{}\n"u8.ToArray(), lines[2]));
        Assert.Equal(TranscriptVerdict.Good(3), await OfAsync([.. lines]));
    }

    [Fact]
    public async Task What_is_wrong_before_the_last_record_stays_for_who_looks()
    {
        using (var file = await TranscriptFile.OpenAsync(Folder, default)) Fill(file, 1, 3);
        var path = TranscriptFile.Parts(Folder).Single();
        var bytes = File.ReadAllBytes(path);
        bytes[60] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);
        using (var file = await TranscriptFile.OpenAsync(Folder, default)) Fill(file, 4, 4);
        Assert.Equal(TranscriptVerdict.Bad(0, "record_changed"), await VerifyAsync());
        Assert.Equal(bytes, File.ReadAllBytes(path)[..bytes.Length]);
    }

    [Fact]
    public async Task One_process_writes_it_and_a_complete_one_is_left_alone()
    {
        using (var file = await TranscriptFile.OpenAsync(Folder, default))
        {
            Fill(file, 1, 1);
            await Assert.ThrowsAsync<IOException>(() => TranscriptFile.OpenAsync(Folder, default));
            Assert.True(TranscriptFile.IsOpen(Folder));
            file.Append(TranscriptLine.Write(2, _at, SessionEvents.Ended, "{}"), 2, ends: true);
        }
        Assert.False(TranscriptFile.IsOpen(Folder));
        using var again = await TranscriptFile.OpenAsync(Folder, default);
        Assert.True(again.IsComplete);
    }

    public void Dispose() => _temp.Dispose();

    private async Task<TranscriptVerdict> OfAsync(params byte[][] lines)
    {
        await File.WriteAllBytesAsync(_temp["one.ndjson"], lines.SelectMany(l => l).ToArray());
        return await TranscriptVerifier.VerifyAsync(_temp["one.ndjson"], default);
    }

    private Task<TranscriptVerdict> VerifyAsync() => TranscriptVerifier.VerifyAsync(new FileParts(Folder), null, isOpen: false, default);

    private static void Fill(TranscriptFile file, int from, int to)
    {
        for (var i = from; i <= to; i++) file.Append(TranscriptLine.Write(i, _at, "system", Data(i)), i, ends: false);
    }

    private static string Data(int i) => $$"""{"text":"line {{i}}"}""";
}
