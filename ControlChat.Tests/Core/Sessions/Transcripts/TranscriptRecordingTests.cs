using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Terminals.Records;
using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Tests.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Transcripts;

/// <summary>Rows become records, whatever happens in between, on both databases.</summary>
public abstract class TranscriptRecordingTests(TestStore store) : OnEachDatabase(store, TimeProvider.System)
{
    private readonly TempFolder _temp = new();

    [Fact]
    public async Task What_happens_is_on_disk_soon_and_the_end_closes_it()
    {
        await using var bench = Bench();
        var session = await bench.BeginAsync();
        await using (bench.Recorder.Begin(session.Id))
        {
            await bench.WrittenAsync(session.Id, await bench.SayAsync(session.Id, "one", "two"));
            await bench.WrittenAsync(session.Id, await bench.SayAsync(session.Id, "three"));
            await SessionBench.EndAsync(Database, session.Id);
        }
        Assert.Equal(4, bench.File(session.Id).Count(b => b == '\n'));
        Assert.Equal(TranscriptVerdict.Good(4), await (await bench.TranscriptAsync(session.Id)).VerifyAsync(default));
        Assert.False(TranscriptFile.IsOpen(bench.Recorder.FolderOf(session.Id)));
    }

    [Fact]
    public async Task The_same_bytes_come_from_the_file_the_rows_and_both()
    {
        await using var bench = Bench();
        bench.Redactor.Add("value-of-the-hub");
        var session = await bench.BeginAsync();
        await using (bench.Recorder.Begin(session.Id)) await bench.SayAsync(session.Id, "one", "with value-of-the-hub", "grüße \"<&>\" \u2028");
        var file = bench.File(session.Id);
        Assert.Equal(file, await bench.RecordsAsync(session.Id));
        Assert.DoesNotContain("value-of-the-hub", Encoding.UTF8.GetString(file), StringComparison.Ordinal);
        await bench.SayAsync(session.Id, "four");
        var both = await bench.RecordsAsync(session.Id);
        Assert.Equal(file, both[..file.Length]);
        Directory.Delete(bench.Recorder.FolderOf(session.Id), recursive: true);
        Assert.Equal(both, await bench.RecordsAsync(session.Id));
        var verdict = await (await bench.TranscriptAsync(session.Id)).VerifyAsync(default);
        Assert.Equal((true, "rows", 4L), (verdict.Ok, verdict.Source, verdict.Records));
    }

    [Fact]
    public async Task A_file_that_is_not_whole_is_not_given_out()
    {
        await using var bench = Bench();
        var session = await bench.BeginAsync();
        await using (bench.Recorder.Begin(session.Id)) await bench.SayAsync(session.Id, "one", "two");
        var good = await bench.RecordsAsync(session.Id);
        var path = TranscriptFile.Parts(bench.Recorder.FolderOf(session.Id)).Single();
        var bytes = File.ReadAllBytes(path);
        bytes[^10] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);
        Assert.Equal(good, await bench.RecordsAsync(session.Id));
        Assert.Equal(TranscriptVerdict.Bad(1, "record_changed"), await (await bench.TranscriptAsync(session.Id)).VerifyAsync(default));
        // A record that sums up and tells another story.
        var row = TranscriptLine.Read(TranscriptLine.Record(good.AsSpan()[..(Array.IndexOf(good, (byte)'\n'))]))!;
        await File.WriteAllBytesAsync(path, TranscriptLine.Write(1, row.At, "system", """{"text":"not one"}"""));
        Assert.Equal(TranscriptVerdict.Bad(0, "differs"), await (await bench.TranscriptAsync(session.Id)).VerifyAsync(default));
        await SessionBench.EndAsync(Database, session.Id);
        await File.WriteAllBytesAsync(path, good);
        Assert.Equal(TranscriptVerdict.Bad(2, "truncated"), await (await bench.TranscriptAsync(session.Id)).VerifyAsync(default));
    }

    [Fact]
    public async Task Another_process_goes_on_where_a_dead_one_broke_off()
    {
        await using var bench = Bench();
        var session = await bench.BeginAsync();
        await using (bench.Recorder.Begin(session.Id)) await bench.SayAsync(session.Id, "one", "two", "three");
        var path = TranscriptFile.Parts(bench.Recorder.FolderOf(session.Id)).Single();
        await File.WriteAllBytesAsync(path, File.ReadAllBytes(path)[..^20]);
        await bench.SayAsync(session.Id, "four");
        await using var other = new TranscriptBench(Database, bench.Directory);
        await using (other.Recorder.Begin(session.Id)) await SessionBench.EndAsync(Database, session.Id);
        Assert.Equal(TranscriptVerdict.Good(5), await (await other.TranscriptAsync(session.Id)).VerifyAsync(default));
    }

    [Fact]
    public async Task Two_writers_of_one_folder_write_every_record_once()
    {
        await using var bench = Bench();
        await using var other = new TranscriptBench(Database, bench.Directory);
        var session = await bench.BeginAsync();
        await using (bench.Recorder.Begin(session.Id))
        {
            await bench.WrittenAsync(session.Id, await bench.SayAsync(session.Id, "one"));
            await using (other.Recorder.Begin(session.Id))
            {
                for (var i = 0; i < 20; i++) await bench.SayAsync(session.Id, $"line {i}");
            }
            await SessionBench.EndAsync(Database, session.Id);
        }
        var verdict = await (await bench.TranscriptAsync(session.Id)).VerifyAsync(default);
        Assert.True(verdict.Ok, verdict.ToString());
        Assert.Equal((await SessionBench.ReadAsync(Database, session.Id)).LastSeq, verdict.LastSeq);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_said_once_and_caught_up_with()
    {
        await using var bench = Bench();
        var session = await bench.BeginAsync();
        Directory.CreateDirectory(Path.GetDirectoryName(bench.Recorder.FolderOf(session.Id))!);
        await File.WriteAllTextAsync(bench.Recorder.FolderOf(session.Id), "in the way");
        await using (bench.Recorder.Begin(session.Id))
        {
            await bench.SayAsync(session.Id, "one");
            await Waiting.UntilAsync(async () => await bench.EventsAsync(session.Id) == 2);
            await bench.SayAsync(session.Id, "two");
            File.Delete(bench.Recorder.FolderOf(session.Id));
            await bench.WrittenAsync(session.Id, 3);
            await SessionBench.EndAsync(Database, session.Id);
        }
        Assert.Equal(4, await bench.EventsAsync(session.Id));
        Assert.Contains("\"code\":\"transcript_incomplete\"", Encoding.UTF8.GetString(bench.File(session.Id)), StringComparison.Ordinal);
        Assert.Equal(TranscriptVerdict.Good(4), await (await bench.TranscriptAsync(session.Id)).VerifyAsync(default));
    }

    [Fact]
    public async Task A_file_that_an_earlier_worker_still_holds_is_waited_for_and_nothing_false_is_said()
    {
        var time = new FakeTime();
        var database = new FaultyDatabase(Database);
        await using var bench = new TranscriptBench(database, _temp["data"], time);
        var session = await bench.BeginAsync();
        var earlier = await TranscriptFile.OpenAsync(bench.Recorder.FolderOf(session.Id), default);
        await using (bench.Recorder.Begin(session.Id))
        {
            await bench.SayAsync(session.Id, "one");
            await TriesAsync(time, database, 5);
            Assert.Equal(1, await bench.EventsAsync(session.Id));
            await TriesAsync(time, database, 20);
            await Waiting.UntilAsync(async () => await bench.EventsAsync(session.Id) == 2);
            earlier.Dispose();
            await TriesAsync(time, database, 2);
            await bench.WrittenAsync(session.Id, 2);
        }
        var text = Encoding.UTF8.GetString(bench.File(session.Id));
        Assert.Contains("Another process of the hub holds the transcript", text, StringComparison.Ordinal);
        Assert.DoesNotContain("full", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_of_another_day_are_written_from_their_beginning()
    {
        await using var bench = Bench();
        var session = await bench.BeginAsync();
        await using (bench.Recorder.Begin(session.Id))
        {
            await bench.WrittenAsync(session.Id, await bench.SayAsync(session.Id, "one", "two", "three"));
            await Database.WriteAsync(async t =>
            {
                await t.ExecuteAsync("delete from session_events where session_id = @Id", new { session.Id }, default);
                return await t.ExecuteAsync("update sessions set last_seq = 0 where id = @Id", new { session.Id }, default);
            });
            await bench.SayAsync(session.Id, "anew", "and on");
            await bench.WrittenAsync(session.Id, 2);
        }
        Assert.Contains("anew", Encoding.UTF8.GetString(bench.File(session.Id)), StringComparison.Ordinal);
        Assert.Equal(TranscriptVerdict.Good(2), await (await bench.TranscriptAsync(session.Id)).VerifyAsync(default));
    }

    [Fact]
    public async Task What_is_written_while_it_is_checked_is_no_difference()
    {
        await using var bench = Bench();
        var session = await bench.BeginAsync();
        var recording = bench.Recorder.Begin(session.Id);
        await using var end = recording;
        await bench.WrittenAsync(session.Id, await bench.SayAsync(session.Id, "one", "two"));
        var source = new TranscriptSource(Database, new SessionStore(), bench.Redactor, session.Id);
        var verdict = await TranscriptVerifier.VerifyAsync(new FileParts(bench.Recorder.FolderOf(session.Id)), RowsAsync, isOpen: true, default);
        Assert.Equal(TranscriptVerdict.Good(3), verdict);

        // The rows were read by then, and do not have it.
        async IAsyncEnumerable<TranscriptEntry> RowsAsync()
        {
            await foreach (var entry in source.ReadAsync(0, long.MaxValue, default))
            {
                if (entry.Seq == 2) await bench.WrittenAsync(session.Id, await bench.SayAsync(session.Id, "three"));
                yield return entry;
            }
        }
    }

    [Fact]
    public async Task A_full_disk_costs_nothing_but_time()
    {
        await using var disk = await SmallDisk.MountAsync(_temp["disk"], "160k");
        await using var bench = new TranscriptBench(Database, Path.Combine(disk.Path, "data"));
        var session = await bench.BeginAsync();
        var filler = Path.Combine(disk.Path, "filler");
        await using (bench.Recorder.Begin(session.Id))
        {
            await bench.WrittenAsync(session.Id, await bench.SayAsync(session.Id, "before"));
            disk.Fill(filler);
            await bench.SayAsync(session.Id, [.. Enumerable.Range(0, 40).Select(i => $"{i} {new string('x', 400)}")]);
            await Waiting.UntilAsync(async () => await bench.EventsAsync(session.Id) == 42);
            Assert.Equal(await bench.EventsAsync(session.Id), (await bench.RecordsAsync(session.Id)).Count(b => b == '\n'));
            File.Delete(filler);
            await bench.WrittenAsync(session.Id, 42);
            await SessionBench.EndAsync(Database, session.Id);
        }
        Assert.Equal(TranscriptVerdict.Good(43), await (await bench.TranscriptAsync(session.Id)).VerifyAsync(default));
    }

    [Fact]
    public async Task What_is_found_is_in_the_values_whatever_its_case()
    {
        await using var bench = Bench();
        var session = await bench.BeginAsync();
        await bench.SayAsync(session.Id, [.. Enumerable.Range(0, 120).Select(i => i % 2 == 0 ? $"an \"Apple\" {i}" : "a pear")]);
        var search = new SessionSearch(Database, new SessionStore());
        var (first, next) = await search.FindAsync(session.Id, "\"apple", 0, default);
        Assert.Equal(50, first.Count);
        var (rest, end) = await search.FindAsync(session.Id, "\"apple", next!.Value, default);
        Assert.Equal((10, (long?)null), (rest.Count, end));
        Assert.Empty((await search.FindAsync(session.Id, "text", 0, default)).Items);
    }

    [Fact]
    public async Task Pieces_cut_by_the_borders_of_records_never_reach_the_disk()
    {
        await using var bench = Bench();
        bench.Redactor.Add("value-of-the-hub");
        var session = await bench.BeginAsync();
        const string Text = "first\nthe value-of-the-hub and sk-proj-0123456789abc\nlast\n";
        await using (bench.Recorder.Begin(session.Id))
        {
            foreach (var one in Text) await bench.AppendAsync(session.Id, new SessionEvent(SessionEvents.CommandOutput, new JsonObject { ["item_id"] = "c1", ["text"] = one.ToString() }));
            await bench.AppendAsync(session.Id, new SessionEvent(SessionEvents.CommandFinished, new JsonObject { ["item_id"] = "c1", ["output"] = null }));
        }
        var texts = Encoding.UTF8.GetString(bench.File(session.Id)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonNode.Parse(l)!["rec"]!["data"]!).Select(d => $"{d["text"]}{d["held"]}");
        Assert.Equal("first\nthe [removed] and [removed]\nlast\n", string.Concat(texts));
    }

    // Each try reads the rows once; when the next one begins the one before is over.
    private static async Task TriesAsync(FakeTime time, FaultyDatabase database, int tries)
    {
        for (var i = 0; i < tries; i++)
        {
            var (before, looks) = (database.Reads, 0);
            // The clock moves on only where it was moved before the other side began to wait for it.
            await Waiting.UntilAsync(() =>
            {
                if (looks++ % 100 == 0) time.Advance(TimeSpan.FromSeconds(2));
                return database.Reads > before;
            });
        }
    }

    private TranscriptBench Bench() => new(Database, _temp["data"]);
}

public sealed class SqliteTranscriptRecordingTests() : TranscriptRecordingTests(TestStore.Sqlite);

public sealed class PostgresTranscriptRecordingTests() : TranscriptRecordingTests(TestStore.Postgres);
