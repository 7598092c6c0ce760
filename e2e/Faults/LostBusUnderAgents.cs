using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Harness;
using ControlChat.ScriptedModel;

namespace ControlChat.Faults;

/// <summary>
/// F4S: Redis goes away while agents answer in sessions of two nodes, restarted, killed, or killed and empty when it comes back. Each session
/// goes on: what was said meanwhile is answered, and who reads it sees every stored event once and in order.
/// </summary>
public sealed class LostBusUnderAgents : Fault
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan _recovery = TimeSpan.FromSeconds(3);

    public override string Id => "F4S";

    public override string Title => "Redis restarted, killed or emptied while agents answer: every session goes on, nothing lost, nothing twice, in order";

    public override int Trials => 20;

    public override int ShortTrials => 1;

    public override IReadOnlyList<string> Stores => [FaultRun.Postgres];

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var (sessions, words) = run.Trials > ShortTrials ? (6, 200) : (2, 100);
        await using var model = await ScriptedModelServer.StartAsync();
        model.Handler = _ => SlowAnswers.Of(words);
        await using var bed = await Bed.MakeAsync(run,
            [.. SlowAnswers.Settings(model), ("Sessions:Codex:Path", CodexCli.Path), ("Sessions:PerPerson", "100"), ("Sessions:Slots", sessions.ToString(CultureInfo.InvariantCulture))]);
        var workspace = await bed.CreateWorkspaceAsync("f4s");
        var readers = new List<Reader>();
        for (var i = 0; i < sessions; i++) readers.Add(await BeginAsync(run, bed, workspace));
        foreach (var trial in run.EachTrial()) await TrialAsync(run, bed, readers, trial, TimeSpan.FromMilliseconds(run.Dice.Next(0, words * 20)));
        if (run.Trials > ShortTrials && run.Percentile("recovery", 95) is { } p95) run.Expect(p95 <= _recovery, $"recovery p95 was {p95.TotalSeconds:0.0} s");
        foreach (var reader in readers) await bed.Person.SendAsync(HttpMethod.Delete, $"/api/v1/sessions/{reader.Session}", null);
        var fault = bed.Record.FirstFault();
        run.Expect(fault is null, $"the chain broke: {fault}");
    }

    private static async Task TrialAsync(FaultRun run, Bed bed, IReadOnlyList<Reader> readers, int trial, TimeSpan after)
    {
        using var limit = new CancellationTokenSource(_patience);
        var reading = readers.Select((r, i) => r.ReadAsync(() => bed.Clients[i % bed.Clients.Count], limit.Token)).ToList();
        // Half of them is asked before it goes away, the rest while it is away.
        for (var i = 0; i < readers.Count; i += 2) await SayAsync(run, bed, readers[i], i);
        await Task.Delay(after, TimeProvider.System, CancellationToken.None);
        await (trial % 3 == 0 ? bed.Team!.Redis.StopAsync() : bed.Team!.Redis.KillAsync());
        for (var i = 1; i < readers.Count; i += 2) await SayAsync(run, bed, readers[i], i);
        await Task.Delay(TimeSpan.FromMilliseconds(run.Dice.Next(0, 1500)), TimeProvider.System, CancellationToken.None);
        await (trial % 3 == 2 ? bed.Team.Redis.StartEmptyAsync() : bed.Team.Redis.StartAsync());
        var served = Stopwatch.GetTimestamp();
        await Task.WhenAll(reading);
        foreach (var reader in readers)
        {
            if (reader.FirstAfter(served) is { } first) run.Measure("recovery", first);
            await reader.CheckAsync(run, bed.Person);
        }
    }

    private static async Task<Reader> BeginAsync(FaultRun run, Bed bed, string workspace)
    {
        var begun = await bed.Person.PostAsync("/api/v1/sessions", new JsonObject { ["request_id"] = $"f4s-{Guid.NewGuid():n}", ["workspace_id"] = workspace, ["mode"] = "chat" });
        if (begun.Status != 202) throw new InvalidOperationException($"A session was refused: {begun.Text}");
        var id = begun.Field("id")!;
        var idle = await Soon.HoldsAsync(async () => (await bed.Person.GetAsync($"/api/v1/sessions/{id}")).Field("state") == "idle", _patience);
        run.Expect(idle, $"{id} never began");
        return new Reader(id);
    }

    private static async Task SayAsync(FaultRun run, Bed bed, Reader reader, int number)
    {
        var said = await bed.Clients[number / 2 % bed.Clients.Count].PostAsync($"/api/v1/sessions/{reader.Session}/messages", new JsonObject { ["request_id"] = $"f4s-{Guid.NewGuid():n}", ["text"] = "Tell me." });
        run.Expect(said.Status == 202, $"a message answered {said.Status}: {said.Text}");
    }

    /// <summary>One reader of one session over all its connections, until the agent has answered once more.</summary>
    private sealed class Reader(string session)
    {
        private readonly SortedDictionary<long, JsonObject> _stored = [];
        private readonly List<long> _arrivals = [];
        private int _twice;
        private int _backwards;
        private int _answers;
        private long? _cursor;
        private bool _answered;

        public string Session => session;

        public async Task ReadAsync(Func<HubClient> next, CancellationToken limit)
        {
            _answered = false;
            while (!limit.IsCancellationRequested && !_answered)
            {
                try
                {
                    await foreach (var entry in EventStream.ReadAsync(next(), $"/api/v1/sessions/{session}/events", _cursor, limit))
                    {
                        Add(entry);
                        if (_answered) break;
                    }
                }
                catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
                {
                    // The hub ended it, or the limit did.
                }
                if (!_answered) await Task.WhenAny(Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, limit));
            }
        }

        public TimeSpan? FirstAfter(long timestamp) => _arrivals.Find(a => a > timestamp) is var first and > 0 ? Stopwatch.GetElapsedTime(timestamp, first) : null;

        public async Task CheckAsync(FaultRun run, HubClient person)
        {
            run.Count("answers");
            run.Expect(_answered, $"the agent of {session} never answered");
            run.Expect(_twice == 0, $"{_twice} events of {session} came twice");
            run.Expect(_backwards == 0, $"{_backwards} events of {session} came out of order");
            run.Expect(_stored.Keys.SequenceEqual(Enumerable.Range(1, _stored.Count).Select(n => (long)n)), $"a reader of {session} saw the events {string.Join(' ', _stored.Keys)}");
            var kept = await KeptAsync(person);
            run.Expect(_stored.All(e => kept.TryGetValue(e.Key, out var there) && JsonNode.DeepEquals(there["data"], e.Value["data"])), $"what a reader of {session} saw is not what is stored");
            // The numbers of a session's events are counted on in later trials.
            run.Expect(kept.Values.Count(IsAnswer) == ++_answers, $"{session} holds {kept.Values.Count(IsAnswer)} answers after {_answers} messages");
        }

        private async Task<SortedDictionary<long, JsonObject>> KeptAsync(HubClient person)
        {
            var kept = new SortedDictionary<long, JsonObject>();
            while (true)
            {
                var after = kept.Count == 0 ? 0 : kept.Keys.Last();
                using var ask = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/sessions/{session}/events?after={after.ToString(CultureInfo.InvariantCulture)}");
                ask.Headers.Accept.ParseAdd("application/json");
                using var answer = await person.Http.SendAsync(ask);
                var items = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["items"]!.AsArray();
                if (items.Count == 0) return kept;
                foreach (var item in items) kept[item!["seq"]!.GetValue<long>()] = item.AsObject();
            }
        }

        private void Add(HubEvent entry)
        {
            _arrivals.Add(Stopwatch.GetTimestamp());
            if (entry.Seq is not { } seq) return;
            if (_stored.ContainsKey(seq)) _twice++;
            if (seq < _cursor) _backwards++;
            _stored[seq] = entry.Data;
            _cursor = seq;
            _answered |= IsAnswer(entry.Data);
        }

        // Whole: one that was broken off is stored too, as what there was of it.
        private static bool IsAnswer(JsonObject stored) => stored["type"]?.GetValue<string>() == "agent_message" && stored["data"]?["text"]?.GetValue<string>().Length > 0;
    }
}
