using ControlChat.ScriptedModel;

namespace ControlChat.Faults;

/// <summary>F5 (SSE): twenty readers drop every 0.2-3 s and resume at their cursor, on whichever node, while an answer is streamed.</summary>
public sealed class DroppedReaders : Fault
{
    private const int Readers = 20;

    public override string Id => "F5";

    public override string Title => "20 readers drop and resume while answers stream (a trial is one answer): nothing lost, nothing twice, the text is the stored one";

    public override int Trials => 100;

    public override int ShortTrials => 2;

    public override IReadOnlyList<string> Stores => [FaultRun.Sqlite, FaultRun.Postgres];

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var model = await ScriptedModelServer.StartAsync();
        model.Handler = _ => SlowAnswers.Of(run.Trials > 10 ? 400 : 100);
        await using var bed = await Bed.MakeAsync(run, SlowAnswers.Settings(model));
        foreach (var _ in run.EachTrial())
        {
            var conversation = await SlowAnswers.ConversationAsync(bed.Person);
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            var readers = Enumerable.Range(0, Readers).Select(_ => new ConversationReader(conversation)).ToList();
            var reading = readers.Select(r => ReadAsync(run, bed, r, new Random(run.Dice.Next()), limit.Token)).ToList();
            var sent = await SlowAnswers.PostAsync(bed.Person, conversation);
            run.Expect(sent.Status == 202, $"the message answered {sent.Status}: {sent.Text}");
            await Task.WhenAll(reading);
            var text = await SlowAnswers.StoredTextAsync(bed.Person, conversation);
            foreach (var reader in readers) reader.Check(run, text);
        }
    }

    private static Task ReadAsync(FaultRun run, Bed bed, ConversationReader reader, Random dice, CancellationToken limit) =>
        reader.ReadAsync(() => bed.Clients[dice.Next(bed.Clients.Count)], () => TimeSpan.FromMilliseconds(dice.Next(200, 3000)), () => run.Count("drops"), limit);
}
