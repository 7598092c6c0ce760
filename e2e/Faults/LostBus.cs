using System.Diagnostics;
using ControlChat.Harness;
using ControlChat.ScriptedModel;

namespace ControlChat.Faults;

/// <summary>
/// F4: Redis goes away under a hundred answers that are being streamed over two nodes: restarted, killed, or killed and empty when it comes
/// back. Readers stay; what was asked meanwhile is answered.
/// </summary>
public sealed class LostBus : Fault
{
    private const int Late = 4;
    private static readonly TimeSpan _recovery = TimeSpan.FromSeconds(3);

    public override string Id => "F4";

    public override string Title => "Redis restarted, killed or emptied while answers stream: nothing lost, nothing twice, in order, on again within 3 s (p95)";

    public override int Trials => 20;

    public override int ShortTrials => 3;

    public override IReadOnlyList<string> Stores => [FaultRun.Postgres];

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var (streams, words) = run.Trials > 5 ? (100, 500) : (20, 200);
        await using var model = await ScriptedModelServer.StartAsync();
        model.Handler = _ => SlowAnswers.Of(words);
        await using var bed = await Bed.MakeAsync(run, SlowAnswers.Settings(model));
        foreach (var trial in run.EachTrial()) await TrialAsync(run, bed, (Trouble)(trial % 3), streams, TimeSpan.FromMilliseconds(run.Dice.Next(0, words * 10)));
        // The short form says nothing of time: it runs on whatever machine there is.
        if (run.Trials > ShortTrials && run.Percentile("recovery", 95) is { } p95) run.Expect(p95 <= _recovery, $"recovery p95 was {p95.TotalSeconds:0.0} s");
        var fault = bed.Record.FirstFault();
        run.Expect(fault is null, $"the chain broke: {fault}");
    }

    private static async Task TrialAsync(FaultRun run, Bed bed, Trouble trouble, int streams, TimeSpan after)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var readers = await Task.WhenAll(Enumerable.Range(0, streams).Select(async i => new ConversationReader(await SlowAnswers.ConversationAsync(bed.Clients[i % bed.Clients.Count]))));
        var reading = readers.Select((r, i) => ReadAsync(run, bed, r, i, limit.Token)).ToList();
        foreach (var sent in await Task.WhenAll(readers.Select((r, i) => SlowAnswers.PostAsync(bed.Clients[i / 2 % bed.Clients.Count], r.Conversation))))
            run.Expect(sent.Status == 202, $"a message answered {sent.Status}: {sent.Text}");
        await Task.Delay(after, TimeProvider.System);

        await TakeAwayAsync(bed.Team!.Redis, trouble);
        run.Count($"{trouble}");
        var late = await AskAsync(run, bed, limit.Token);
        await Task.Delay(TimeSpan.FromMilliseconds(run.Dice.Next(0, 1500)), TimeProvider.System);
        await BringBackAsync(bed.Team.Redis, trouble);
        var served = Stopwatch.GetTimestamp();

        await Task.WhenAll(reading.Concat(late.Select(l => l.Reading)));
        foreach (var reader in readers.Concat(late.Select(l => l.Reader))) reader.Check(run, await SlowAnswers.StoredTextAsync(bed.Person, reader.Conversation));
        foreach (var reader in readers.Concat(late.Select(l => l.Reader)))
            if (reader.FirstAfter(served) is { } first) run.Measure("recovery", first);
    }

    /// <summary>While there is no Redis, messages are accepted all the same.</summary>
    private static async Task<List<(ConversationReader Reader, Task Reading)>> AskAsync(FaultRun run, Bed bed, CancellationToken limit)
    {
        var late = new List<(ConversationReader, Task)>();
        for (var i = 0; i < Late; i++)
        {
            var reader = new ConversationReader(await SlowAnswers.ConversationAsync(bed.Person));
            var sent = await SlowAnswers.PostAsync(bed.Clients[i % bed.Clients.Count], reader.Conversation);
            run.Expect(sent.Status == 202, $"a message while Redis is away answered {sent.Status}: {sent.Text}");
            late.Add((reader, ReadAsync(run, bed, reader, i, limit)));
        }
        return late;
    }

    private static Task ReadAsync(FaultRun run, Bed bed, ConversationReader reader, int number, CancellationToken limit) =>
        reader.ReadAsync(() => bed.Clients[number % bed.Clients.Count], null, () => run.Count("connections lost"), limit);

    private static Task TakeAwayAsync(RedisServer redis, Trouble trouble) => trouble == Trouble.Restarted ? redis.StopAsync() : redis.KillAsync();

    private static Task BringBackAsync(RedisServer redis, Trouble trouble) => trouble == Trouble.Emptied ? redis.StartEmptyAsync() : redis.StartAsync();

    private enum Trouble
    {
        Restarted,
        Killed,
        Emptied,
    }
}
