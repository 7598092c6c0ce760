using ControlChat.Core.Hub;
using ControlChat.Core.Hub.Sqlite;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Archives;
using ControlChat.Core.Sessions.Terminals.Records;
using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Tests.Core.Hub;
using ControlChat.Tests.Core.Sessions.Transcripts;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>Finished transcripts of terminals in the hub's database, on both databases.</summary>
public abstract class TerminalArchiveTests(TestStore store, FakeTime time) : OnEachDatabase(store, time)
{
    private readonly TempFolder _temp = new();

    [Fact]
    public async Task It_is_copied_once_and_given_out_byte_for_byte_where_its_files_are_not()
    {
        using var bed = Bed();
        var id = await bed.EndedAsync(5);
        Func<SessionTranscript, Stream, Task>[] forms = [(t, s) => t.WriteRecordsAsync(s, default), (t, s) => t.WriteJsonAsync(s, default), (t, s) => t.WriteCastAsync(s, default), (t, s) => t.WriteMarkdownAsync(s, default)];
        var before = new List<byte[]>();
        foreach (var form in forms) before.Add(await bed.BytesAsync(id, form));
        Assert.Equal(bed.File(id), before[0]);
        Assert.Equal(4, TranscriptFile.Parts(bed.FolderOf(id)).Count);
        await bed.Archiver.SweepAsync(default);
        var once = await bed.StateAsync(id);
        Assert.Equal(("whole", 7L), once);
        var copied = await RowAsync(id);
        await bed.Archiver.SweepAsync(default);
        Assert.Equal(copied, await RowAsync(id));

        using var other = Bed("other");
        Assert.Empty(TranscriptFile.Parts(other.FolderOf(id)));
        for (var i = 0; i < forms.Length; i++) Assert.Equal(before[i], await other.BytesAsync(id, forms[i]));
        var verdict = await (await other.TranscriptAsync(id)).VerifyAsync(default);
        Assert.Equal((true, "archive"), (verdict.Ok, verdict.Source));
        Assert.Equal(verdict with { Source = "file" }, await (await bed.TranscriptAsync(id)).VerifyAsync(default));
        Assert.Equal(verdict.LastSeq - 70, (await FramesAsync((await other.TranscriptAsync(id)).FramesAsync(70, default))).Count);
        var shown = await FramesAsync(other.Places.ReadAsync(id, 0, default));
        Assert.Equal((verdict.Records, TerminalFrames.Ended), (shown.Count, shown[^1].Type));
        Assert.True(Assert.Single(shown, f => f.Type == TerminalFrames.In).Data.IsEmpty);
    }

    [Fact]
    public async Task A_file_that_lost_a_part_is_read_from_the_archive_and_a_whole_one_is_not()
    {
        using var bed = Bed();
        var id = await bed.EndedAsync(4);
        var whole = bed.File(id);
        await bed.Archiver.SweepAsync(default);
        Assert.IsType<FileParts>(await bed.Places.OfAsync(id, default));
        File.Delete(TranscriptFile.Parts(bed.FolderOf(id))[1]);
        Assert.Equal(whole, await bed.BytesAsync(id));
        // While the database is away, what is here is better than nothing.
        using var cut = new ArchiveBed(new FaultyDatabase(Database) { OnRead = () => Away() }, _temp["data"], time);
        Assert.IsType<FileParts>(await cut.Places.OfAsync(id, default));
    }

    [Fact]
    public async Task A_copy_that_was_broken_off_is_gone_on_with_where_it_ended()
    {
        var database = new FaultyDatabase(Database);
        using var first = new ArchiveBed(database, _temp["data"], time);
        var id = await first.EndedAsync(4);
        var begins = 0;
        database.OnBegin = () => ++begins > 4 ? Away() : null;
        await Assert.ThrowsAsync<HubUnavailableException>(() => first.Archiver.SweepAsync(default));
        Assert.Equal(("copying", 3L), await first.StateAsync(id));
        using var other = Bed("other");
        Assert.Equal(0, (await other.Places.OfAsync(id, default)).Count);

        // The process is gone; what it holds is free when its time is over, at once where there can be no other.
        var counted = new FaultyDatabase(Database);
        counted.OnBegin = () =>
        {
            begins++;
            return null;
        };
        using var second = new ArchiveBed(counted, _temp["data"], time);
        if (!Database.IsOneProcess)
        {
            await second.Archiver.SweepAsync(default);
            Assert.Equal(("copying", 3L), await second.StateAsync(id));
            time.Sleep(TerminalArchive.Lease + TimeSpan.FromSeconds(1));
        }
        begins = 0;
        await second.Archiver.SweepAsync(default);
        var (state, pieces) = (await second.StateAsync(id))!.Value;
        // The claim, what was missing, the end.
        Assert.Equal(("whole", pieces - 3 + 2), (state, begins));
        var whole = second.File(id);
        second.Prune(id);
        Assert.Equal(whole, await second.BytesAsync(id));
    }

    [Fact]
    public async Task What_an_earlier_copy_had_of_another_file_is_written_over()
    {
        using var bed = Bed();
        var id = await bed.EndedAsync(2);
        Assert.True(await bed.Archive.ClaimAsync(id, "arc_dead", default));
        for (var number = 0; number < 9; number++)
            Assert.True(await bed.Archive.PutAsync(id, "arc_dead", ArchivePiece.Of(number, 0, "other"u8), ArchivePiece.Pack("other"u8), default));
        time.Sleep(TerminalArchive.Lease + TimeSpan.FromSeconds(1));
        await bed.Archiver.SweepAsync(default);
        Assert.False(await bed.Archive.PutAsync(id, "arc_dead", ArchivePiece.Of(0, 0, "other"u8), ArchivePiece.Pack("other"u8), default));
        Assert.False(await bed.Archive.CompleteAsync(id, "arc_dead", [], default));
        var whole = bed.File(id);
        bed.Prune(id);
        Assert.Equal(whole, await bed.BytesAsync(id));
    }

    [Theory]
    [InlineData("update terminal_archive_pieces set data = (select data from terminal_archive_pieces where session_id = @id and number = 0) where session_id = @id and number = 2")]
    [InlineData("update terminal_archive_pieces set bytes = bytes - 1 where session_id = @id and number = 2")]
    [InlineData("update terminal_archive_pieces set hash = (select hash from terminal_archive_pieces where session_id = @id and number = 0) where session_id = @id and number = 2")]
    [InlineData("delete from terminal_archive_pieces where session_id = @id and number = 2")]
    [InlineData("update terminal_archive_pieces set number = number + 10 where session_id = @id and number = 0")]
    [InlineData("update terminal_archives set hash = 'x' where session_id = @id")]
    public async Task Damaged_rows_give_nothing_out_and_say_so(string damage)
    {
        using var bed = Bed();
        var id = await bed.EndedAsync(4);
        await bed.Archiver.SweepAsync(default);
        await Database.WriteAsync(t => t.ExecuteAsync(damage, new { id }, default));
        await (await bed.TranscriptAsync(id)).CheckAsync(default);
        Assert.True((await (await bed.TranscriptAsync(id)).VerifyAsync(default)).Ok);
        bed.Prune(id);
        var transcript = await bed.TranscriptAsync(id);
        var fault = await Assert.ThrowsAsync<TranscriptDamagedException>(() => transcript.CheckAsync(default));
        Assert.Contains(id, fault.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<TranscriptDamagedException>(() => transcript.WriteRecordsAsync(Stream.Null, default));
        await Assert.ThrowsAsync<TranscriptDamagedException>(() => FramesAsync(transcript.FramesAsync(0, default)));
        Assert.Equal((false, "archive_damaged", "archive"), await VerdictAsync(transcript));
    }

    [Fact]
    public void A_piece_that_unpacks_to_more_than_it_says_is_not_unpacked()
    {
        var piece = ArchivePiece.Of(0, 0, new byte[1000]);
        Assert.NotNull(piece.Unpack(ArchivePiece.Pack(new byte[1000])));
        foreach (var wrong in (byte[][])[ArchivePiece.Pack(new byte[50_000_000]), ArchivePiece.Pack(new byte[999]), [], [1, 2, 3]]) Assert.Null(piece.Unpack(wrong));
        Assert.Null((piece with { Bytes = long.MaxValue }).Unpack(ArchivePiece.Pack(new byte[1000])));
    }

    [Fact]
    public async Task Retention_and_the_purge_of_its_workspace_remove_it()
    {
        using var bed = Bed();
        var (old, young, purged) = (await bed.EndedAsync(1), await bed.EndedAsync(1), await bed.EndedAsync(1, "ws_purged"));
        await bed.Archiver.SweepAsync(default);
        await Database.WriteAsync(t => t.ExecuteAsync("update sessions set ended_at = @at where id = @old", new { old, at = t.Now.AddDays(-8) }, default));
        await Database.WriteAsync(t => t.ExecuteAsync("insert into workspace_directories (workspace_id, state, at) values ('ws_purged', 'removed', hub_now()), ('ws_1', 'made', hub_now())", null, default));
        await bed.Shelf.ClearAsync(default);
        Assert.Equal((null, null), (await bed.StateAsync(old), await bed.StateAsync(purged)));
        Assert.Equal("whole", (await bed.StateAsync(young))!.Value.State);
        Assert.Equal((true, true, false), ((await bed.TranscriptAsync(old)).IsRemoved, (await bed.TranscriptAsync(purged)).IsRemoved, (await bed.TranscriptAsync(young)).IsRemoved));
        await bed.Archiver.SweepAsync(default);
        Assert.Null(await bed.StateAsync(old));
    }

    [Fact]
    public async Task What_is_removed_while_it_is_copied_is_copied_no_further()
    {
        using var bed = Bed();
        var id = await bed.EndedAsync(2);
        Assert.True(await bed.Archive.ClaimAsync(id, "arc_1", default));
        var piece = ArchivePiece.Of(0, 0, "bytes"u8);
        Assert.True(await bed.Archive.PutAsync(id, "arc_1", piece, ArchivePiece.Pack("bytes"u8), default));
        await Database.WriteAsync(t => t.ExecuteAsync("update sessions set ended_at = @at where id = @id", new { id, at = t.Now.AddDays(-8) }, default));
        await bed.Shelf.ClearAsync(default);
        Assert.False(await bed.Archive.PutAsync(id, "arc_1", piece, ArchivePiece.Pack("bytes"u8), default));
        Assert.False(await bed.Archive.CompleteAsync(id, "arc_1", [piece], default));
        Assert.False(await bed.Archive.ClaimAsync(id, "arc_1", default));
        Assert.Null(await bed.StateAsync(id));
    }

    [Fact]
    public async Task Only_what_has_ended_and_is_closed_here_is_copied()
    {
        using var bed = Bed();
        var open = await bed.OpenAsync(1);
        var torn = await bed.EndedAsync(1);
        await File.WriteAllTextAsync(Path.Combine(bed.FolderOf(torn), "lock"), "");
        // Another process found its program gone and only wrote the end; what it printed lies here.
        var (id, other) = (await bed.EndedAsync(1), Bed("other"));
        await other.WriteAsync(id, [RecordBed.Ended(1)]);
        await other.Archiver.SweepAsync(default);
        Assert.Null(await bed.StateAsync(id));
        await bed.Archiver.SweepAsync(default);
        Assert.Equal((null, null), (await bed.StateAsync(open), await bed.StateAsync(torn)));
        Assert.Equal(bed.File(id), await other.BytesAsync(id));
        other.Dispose();
    }

    [Fact]
    public async Task It_begins_when_a_transcript_is_closed_and_a_full_database_holds_nobody_up()
    {
        var database = new FaultyDatabase(Database);
        using var bed = new ArchiveBed(database, _temp["data"], time);
        await bed.Archiver.StartAsync(default);
        await Waiting.UntilAsync(() => time.Waiting > 0);
        var (first, refused) = (await bed.EndedAsync(1), 0);
        database.OnBegin = () => ++refused > 0 ? new HubUnavailableException("The disk is full. Nothing was changed.", new IOException()) : null;
        await Assert.ThrowsAsync<HubUnavailableException>(() => bed.Ready.TellAsync(first, default));
        await Waiting.UntilAsync(() => refused >= 2 && time.Waiting > 0);
        Assert.Null(await bed.StateAsync(first));
        database.OnBegin = null;
        await ArchivedAsync(bed, first, TimeSpan.FromSeconds(30));
        var second = await bed.EndedAsync(1);
        await bed.Ready.TellAsync(second, default);
        await ArchivedAsync(bed, second, TimeSpan.Zero);
        await bed.Archiver.StopAsync(default);
    }

    [Fact]
    public async Task It_is_done_only_where_the_operator_says_so()
    {
        using var bed = new ArchiveBed(Database, _temp["data"], time, archives: false);
        var id = await bed.EndedAsync(1);
        await bed.Archiver.StartAsync(default);
        await bed.Archiver.ExecuteTask!;
        await bed.Ready.TellAsync(id, default);
        Assert.Null(await bed.StateAsync(id));
    }

    [Fact]
    public async Task Looking_for_what_is_due_and_what_is_purged_walks_along_indexes()
    {
        await using var session = await Database.ReadAsync(default);
        var plans = new PlanReader(session);
        await TerminalArchive.DueAsync(plans, ["ags_1", "ags_2"], default);
        await TranscriptShelf.PurgedAsync(plans, default);
        Assert.True(!plans.Unindexed("sessions", "terminal_archives").Any(), string.Join("\n", plans.Unindexed("sessions", "terminal_archives")));
    }

    private ArchiveBed Bed(string name = "data") => new(Database, _temp[name], time);

    private Task ArchivedAsync(ArchiveBed bed, string id, TimeSpan after) => Waiting.UntilAsync(async () =>
    {
        time.Advance(after);
        return await bed.StateAsync(id) is { State: "whole" };
    });

    private async Task<string> RowAsync(string id)
    {
        await using var reader = await Database.ReadAsync(default);
        return (await reader.FindAsync<string>("select archived_at || hash || bytes || pieces from terminal_archives where session_id = @id", new { id }, default))!;
    }

    private static async Task<(bool, string?, string)> VerdictAsync(SessionTranscript transcript) => await transcript.VerifyAsync(default) is var v ? (v.Ok, v.Problem, v.Source) : default;

    private static HubUnavailableException Away() => new("The database does not answer.", new IOException());

    private static async Task<List<TerminalFrame>> FramesAsync(IAsyncEnumerable<TerminalFrame> frames)
    {
        var all = new List<TerminalFrame>();
        await foreach (var frame in frames) all.Add(frame);
        return all;
    }
}

public sealed class SqliteTerminalArchiveTests() : TerminalArchiveTests(TestStore.Sqlite, new FakeTime());

public sealed class PostgresTerminalArchiveTests() : TerminalArchiveTests(TestStore.Postgres, new FakeTime());

/// <summary>A disk that is full in truth.</summary>
public sealed class TerminalArchiveDiskTests
{
    [Fact]
    public async Task A_disk_that_is_full_under_the_database_is_waited_for()
    {
        using var temp = new TempFolder();
        await using var disk = await SmallDisk.MountAsync(temp["disk"], "24m");
        await using var database = new SqliteHubDatabase(Path.Combine(disk.Path, "hub.db"), TimeProvider.System);
        await database.MigrateAsync(default);
        using var bed = new ArchiveBed(database, temp["data"], TimeProvider.System);
        var id = await bed.EndedAsync(3);
        var filler = Path.Combine(disk.Path, "filler");
        disk.Fill(filler);
        await Assert.ThrowsAsync<HubUnavailableException>(() => bed.Archiver.SweepAsync(default));
        Assert.NotEqual("whole", (await bed.StateAsync(id))?.State);
        File.Delete(filler);
        var whole = bed.File(id);
        await bed.Archiver.SweepAsync(default);
        bed.Prune(id);
        Assert.Equal(whole, await bed.BytesAsync(id));
    }
}
