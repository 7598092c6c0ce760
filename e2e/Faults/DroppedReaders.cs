using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Harness;
using ControlChat.ScriptedModel;

namespace ControlChat.Faults;

/// <summary>F5 (SSE): twenty readers drop every 0.2-3 s and resume at their cursor while an answer is streamed.</summary>
public sealed class DroppedReaders : Fault
{
    private const int Readers = 20;
    private static readonly string[] _ends = ["run_finished", "run_failed", "run_cancelled"];

    public override string Id => "F5";

    public override string Title => "20 readers drop and resume while answers stream (a trial is one answer): nothing lost, nothing twice, the text is the stored one";

    public override int Trials => 100;

    public override int ShortTrials => 2;

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var model = await ScriptedModelServer.StartAsync();
        model.Handler = _ => Slowly(run.Trials > 10 ? 400 : 100);
        await using var bed = await Bed.MakeAsync(run, ("Model:Provider", "openai"), ("Model:Endpoint", model.Url), ("Model:Name", "scripted"), ("OPENAI_API_KEY", "none"));
        foreach (var _ in run.EachTrial())
        {
            var conversation = (await bed.Person.PostAsync("/api/v1/conversations", new JsonObject())).Field("id")!;
            var dice = Enumerable.Range(0, Readers).Select(_ => new Random(run.Dice.Next())).ToList();
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            var readers = dice.Select(d => ReadAsync(run, bed.Person, conversation, d, limit.Token)).ToList();
            var sent = await bed.Person.PostAsync($"/api/v1/conversations/{conversation}/messages", new JsonObject { ["text"] = "tell me", ["request_id"] = $"msg-{Guid.CreateVersion7():N}" });
            run.Expect(sent.Status == 202, $"the message answered {sent.Status}: {sent.Text}");
            var seen = await Task.WhenAll(readers);
            await CompareAsync(run, bed, conversation, seen);
        }
    }

    private static Reply Slowly(int words) =>
        Reply.Of([.. Enumerable.Range(0, words).SelectMany(i => new Step[] { new Step.WaitFor(Task.Delay(TimeSpan.FromMilliseconds(20 * i), TimeProvider.System)), new Step.Text($"word{i} ") })]);

    private static async Task<Seen> ReadAsync(FaultRun run, HubClient client, string conversation, Random dice, CancellationToken limit)
    {
        var seen = new Seen();
        while (!limit.IsCancellationRequested && !seen.Ended)
        {
            using var drop = CancellationTokenSource.CreateLinkedTokenSource(limit);
            drop.CancelAfter(dice.Next(200, 3000));
            try
            {
                await foreach (var entry in EventStream.ReadAsync(client, $"/api/v1/conversations/{conversation}/events", seen.Cursor, drop.Token))
                {
                    seen.Add(entry);
                    if (seen.Ended) break;
                }
            }
            catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
            {
                run.Count("drops");
            }
        }
        return seen;
    }

    private static async Task CompareAsync(FaultRun run, Bed bed, string conversation, Seen[] seen)
    {
        var stored = (await bed.Person.GetAsync($"/api/v1/conversations/{conversation}")).Json;
        var text = stored["messages"]!.AsArray().Last(m => m!["role"]!.GetValue<string>() == "assistant")!["text"]!.GetValue<string>();
        var expected = seen[0].Stored.Keys.ToList();
        foreach (var reader in seen)
        {
            run.Count("readers");
            run.Expect(reader.Ended, "a reader never saw the end");
            run.Expect(reader.Twice == 0, $"{reader.Twice} events came twice after a resumption");
            run.Expect(reader.Backwards == 0, $"{reader.Backwards} events came out of order");
            run.Expect(reader.Stored.Keys.SequenceEqual(expected), $"a reader saw {reader.Stored.Count} stored events, another {expected.Count}");
            run.Expect(reader.AssistantText == text, "a reader's text is not the stored one");
            run.Expect(reader.DeltaFault is null, reader.DeltaFault ?? "");
        }
    }

    /// <summary>What one reader has, over all its connections.</summary>
    private sealed class Seen
    {
        private string? _shown;
        private long _attempt;

        public SortedDictionary<long, HubEvent> Stored { get; } = [];

        public long? Cursor { get; private set; }

        public bool Ended { get; private set; }

        public int Twice { get; private set; }

        public int Backwards { get; private set; }

        public string? AssistantText { get; private set; }

        /// <summary>A delta that does not continue what is shown, without a gap having been reported by its offset.</summary>
        public string? DeltaFault { get; private set; }

        public void Add(HubEvent entry)
        {
            if (entry.Type == "text_delta") Delta(entry.Data);
            if (entry.Seq is not { } seq) return;
            if (Stored.ContainsKey(seq)) Twice++;
            if (seq < Cursor) Backwards++;
            Stored[seq] = entry;
            Cursor = seq;
            var data = entry.Data["data"] as JsonObject ?? entry.Data;
            if (entry.Type == "message" && data["role"]?.GetValue<string>() == "assistant") AssistantText = data["text"]!.GetValue<string>();
            if (_ends.Contains(entry.Type)) Ended = true;
        }

        private void Delta(JsonObject entry)
        {
            var data = entry["data"] as JsonObject ?? entry;
            var (attempt, offset, text) = (data["attempt"]!.GetValue<long>(), data["offset"]!.GetValue<int>(), data["text"]!.GetValue<string>());
            if (attempt != _attempt) (_attempt, _shown) = (attempt, null);
            if (_shown is null && offset > 0) return;
            _shown ??= "";
            if (offset <= _shown.Length) _shown = _shown[..offset] + text;
            if (!_shown.StartsWith("word0 ", StringComparison.Ordinal) && _shown.Length > 6)
                DeltaFault = string.Create(CultureInfo.InvariantCulture, $"a delta at {offset} does not fit what was shown");
        }
    }
}
