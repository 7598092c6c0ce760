using System.Text.Json.Nodes;
using ControlChat.Tests.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Transcripts;

/// <summary>Who wants to know hears when a transcript is whole on disk, on both databases.</summary>
public abstract class TranscriptReadyTests(TestStore store) : OnEachDatabase(store, TimeProvider.System)
{
    private readonly TempFolder _temp = new();

    [Fact]
    public async Task That_it_is_whole_is_told_once_after_the_end_and_not_before()
    {
        await using var bench = Bench();
        var session = await bench.BeginAsync();
        await using (bench.Recorder.Begin(session.Id)) await bench.SayAsync(session.Id, "one");
        Assert.Empty(await ToldAsync());
        await using (bench.Recorder.Begin(session.Id)) await SessionBench.EndAsync(Database, session.Id);
        Assert.Equal(session.Id, (string)Assert.Single(await ToldAsync())["session_id"]!);
        await bench.Recorder.FinishAsync(session.Id);
        await bench.Keeper.SweepAsync(default);
        Assert.Single(await ToldAsync());
    }

    [Fact]
    public async Task That_it_is_whole_is_told_after_a_restart_when_the_process_ended_in_between()
    {
        await using var bench = Bench();
        var session = await bench.BeginAsync();
        await using (bench.Recorder.Begin(session.Id)) await SessionBench.EndAsync(Database, session.Id);
        await Database.WriteAsync(async t =>
        {
            await t.ExecuteAsync("delete from webhook_deliveries", null, default);
            return await t.ExecuteAsync("update sessions set transcript_ready_at = null where id = @Id", new { session.Id }, default);
        });
        await bench.Keeper.SweepAsync(default);
        Assert.Equal(session.Id, (string)Assert.Single(await ToldAsync())["session_id"]!);
    }

    private async Task<IReadOnlyList<JsonObject>> ToldAsync()
    {
        await using var reader = await Database.ReadAsync(default);
        return [.. (await reader.QueryAsync<string>("select data from webhook_deliveries where event = 'transcript.ready'", null, default)).Select(d => JsonNode.Parse(d)!.AsObject())];
    }

    private TranscriptBench Bench() => new(Database, _temp["data"]);
}

public sealed class SqliteTranscriptReadyTests() : TranscriptReadyTests(TestStore.Sqlite);

public sealed class PostgresTranscriptReadyTests() : TranscriptReadyTests(TestStore.Postgres);
