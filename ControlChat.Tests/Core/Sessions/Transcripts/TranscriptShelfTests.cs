using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Core.Settings;
using ControlChat.Tests.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Transcripts;

/// <summary>How long transcripts are kept, on both databases.</summary>
public abstract class TranscriptShelfTests(TestStore store) : OnEachDatabase(store, TimeProvider.System)
{
    private readonly TempFolder _temp = new();

    [Fact]
    public async Task Events_and_files_go_when_their_days_are_over_and_the_session_stays()
    {
        await using var bench = new TranscriptBench(Database, _temp["data"]);
        bench.Settings.Current = new HubOptions { Sessions = new SessionsSection { TranscriptDays = 7 } };
        var (over, young, open) = (await WriteAsync(bench, TimeSpan.FromDays(7.01)), await WriteAsync(bench, TimeSpan.FromDays(6.99)), await bench.BeginAsync());
        await bench.SayAsync(open.Id, "open");
        await bench.Keeper.SweepAsync(default);
        Assert.Equal((0, 2, 1), (await bench.EventsAsync(over), await bench.EventsAsync(young), await bench.EventsAsync(open.Id)));
        Assert.False(Directory.Exists(bench.Recorder.FolderOf(over)));
        Assert.True(Directory.Exists(bench.Recorder.FolderOf(young)));
        Assert.Equal(SessionEnd.Stopped, (await SessionBench.ReadAsync(Database, over)).EndReason);
        Assert.True((await bench.TranscriptAsync(over)).IsRemoved);
        await bench.Keeper.SweepAsync(default);
        Assert.Equal(2, await bench.EventsAsync(young));
    }

    [Fact]
    public async Task What_a_dead_process_left_unfinished_is_finished()
    {
        await using var bench = new TranscriptBench(Database, _temp["data"]);
        var session = await bench.BeginAsync();
        await using (bench.Recorder.Begin(session.Id)) await bench.SayAsync(session.Id, "one");
        await bench.SayAsync(session.Id, "two");
        await SessionBench.EndAsync(Database, session.Id);
        await bench.Keeper.SweepAsync(default);
        Assert.Equal(TranscriptVerdict.Good(3), await (await bench.TranscriptAsync(session.Id)).VerifyAsync(default));
    }

    [Fact]
    public async Task Looking_for_them_walks_along_an_index()
    {
        await using var session = await Database.ReadAsync(default);
        var plans = new PlanReader(session);
        await TranscriptShelf.OverAsync(plans, DateTimeOffset.UnixEpoch, default);
        Assert.Empty(plans.Unindexed("sessions"));
    }

    private async Task<string> WriteAsync(TranscriptBench bench, TimeSpan age)
    {
        var session = await bench.BeginAsync();
        await using (bench.Recorder.Begin(session.Id))
        {
            await bench.SayAsync(session.Id, "one");
            await SessionBench.EndAsync(Database, session.Id);
        }
        await Database.WriteAsync(t => t.ExecuteAsync("update sessions set ended_at = @at where id = @id", new { id = session.Id, at = t.Now - age }, default));
        return session.Id;
    }
}

public sealed class SqliteTranscriptShelfTests() : TranscriptShelfTests(TestStore.Sqlite);

public sealed class PostgresTranscriptShelfTests() : TranscriptShelfTests(TestStore.Postgres);

/// <summary>The hour that wakes it, by a clock that is moved.</summary>
public sealed class TranscriptKeeperTests() : OnEachDatabase(TestStore.Sqlite, _time)
{
    private static readonly FakeTime _time = new();

    [Fact]
    public async Task It_looks_every_hour()
    {
        using var temp = new TempFolder();
        await using var bench = new TranscriptBench(Database, temp["data"], _time);
        var session = await bench.BeginAsync();
        await bench.SayAsync(session.Id, "one");
        await SessionBench.EndAsync(Database, session.Id);
        await bench.Keeper.StartAsync(default);
        await Waiting.UntilAsync(() => _time.Waiting > 0);
        _time.Sleep(TimeSpan.FromDays(29.9));
        Assert.Equal(2, await bench.EventsAsync(session.Id));
        await Waiting.UntilAsync(async () =>
        {
            _time.Sleep(TimeSpan.FromHours(1));
            return await bench.EventsAsync(session.Id) == 0;
        });
        await bench.Keeper.StopAsync(default);
    }
}
