using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Harness;
using ControlChat.ScriptedModel;

namespace ControlChat.Faults;

/// <summary>F19: a hundred scripted users ask, look things up, change things and type into terminals, one after another without a pause worth the name. A trial is a second.</summary>
public sealed class Soak : Fault
{
    private const int Users = 100;
    private const int Typists = 3;
    private const int Parts = 10;
    private const int FirstWarm = 2;

    // What a collector leaves lying about at one look and not at the next.
    private const double MostGrowth = 64;
    private const double MostSlower = 1.5;
    private static readonly TimeSpan _noise = TimeSpan.FromMilliseconds(100);

    public override string Id => "F19";

    public override string Title => "a hundred scripted users (a trial is a second): memory and the slowest answers stay where they were after warming up, and nothing fails";

    public override int Trials => 1_200;

    public override int ShortTrials => 10;

    public override IReadOnlyList<string> Stores => [FaultRun.Sqlite, FaultRun.Postgres];

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var model = await ScriptedModelServer.StartAsync();
        model.Handler = _ => Reply.Text("A short answer, as most are.");
        await using var bed = await Bed.MakeAsync(run,
            ("Model:Provider", "openai"), ("Model:Endpoint", model.Url), ("Model:Name", "scripted"), ("OPENAI_API_KEY", "none, for this test"),
            ("Sessions:Terminal:Commands:0", "bash"), ("Sessions:PerPerson", "100"), ("Sessions:Ttl", "01:00:00"), ("Sessions:OutputMegabytes", "1024"));
        var workspace = await bed.CreateWorkspaceAsync("f19");
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(run.Trials), TimeProvider.System);
        var measures = new Measures(run, run.Trials);
        var users = Enumerable.Range(0, Users).Select(n => (Client: bed.Clients[n % bed.Clients.Count], Dice: new Random(run.Dice.Next()))).ToList();
        var working = users.Select((u, n) => n < Typists ? TypeAsync(bed, workspace, u.Dice, measures, over.Token) : AskAsync(u.Client, u.Dice, measures, over.Token)).ToList();
        var weighing = WeighAsync(bed, measures, over.Token);
        await Task.WhenAll([.. working, weighing]);
        measures.Judge(bed);
        foreach (var node in bed.Nodes) run.Expect(node.Broken().Count == 0, $"the log says: {string.Join("; ", node.Broken().Take(1))}");
    }

    private static async Task AskAsync(HubClient person, Random dice, Measures measures, CancellationToken over)
    {
        var conversation = await SlowAnswers.ConversationAsync(person);
        string? workspace = null;
        while (!over.IsCancellationRequested)
        {
            var answer = await measures.TimeAsync(dice.Next(6) switch
            {
                0 => () => person.GetAsync($"/api/v1/conversations/{conversation}", CancellationToken.None),
                1 => () => person.GetAsync("/api/v1/audit?limit=20", CancellationToken.None),
                2 => () => person.CallAsync("workspace.list", new JsonObject { ["limit"] = 20 }, cancellationToken: CancellationToken.None),
                3 when workspace is not null => () => person.CallAsync("workspace.rename", new JsonObject { ["workspace_id"] = workspace, ["title"] = $"soak {dice.Next(1_000_000)}" }, cancellationToken: CancellationToken.None),
                4 => () => person.PostAsync($"/api/v1/conversations/{conversation}/messages", new JsonObject { ["text"] = "How are things?", ["request_id"] = $"f19-{Guid.NewGuid():n}" }, CancellationToken.None),
                _ => () => person.GetAsync("/api/v1/approvals?status=pending", CancellationToken.None),
            });
            if (workspace is null && answer is not null)
                workspace = (await person.CallAsync("workspace.create", new JsonObject { ["title"] = $"soak {dice.Next(1_000_000)}" }, cancellationToken: CancellationToken.None)) is { Status: 200 } made ? Bed.CreatedId(made) : null;
            await Task.WhenAny(Task.Delay(TimeSpan.FromMilliseconds(dice.Next(500, 3_000)), TimeProvider.System, over));
        }
    }

    private static async Task TypeAsync(Bed bed, string workspace, Random dice, Measures measures, CancellationToken over)
    {
        var begun = await bed.Person.PostAsync("/api/v1/sessions", new JsonObject
        {
            ["request_id"] = $"f19-{Guid.NewGuid():n}",
            ["workspace_id"] = workspace,
            ["mode"] = "terminal",
            ["command"] = new JsonArray("bash", "--norc", "--noprofile"),
        }, CancellationToken.None);
        if (begun.Status != 202) throw new InvalidOperationException($"A terminal was refused: {begun.Text}");
        await using var stream = await TerminalStream.OpenAsync(bed.Person, bed.Hub.Url, begun.Field("id")!, cancellationToken: CancellationToken.None);
        await stream.UntilAsync("out");
        for (var i = 0; !over.IsCancellationRequested; i++)
        {
            var since = Stopwatch.GetTimestamp();
            stream.Forget();
            await stream.TypeAsync($"echo said-\"{i.ToString(CultureInfo.InvariantCulture)}\"; seq 1 200\n");
            await stream.UntilPrintedAsync(string.Create(CultureInfo.InvariantCulture, $"said-{i}\r\n"));
            measures.Took("terminal", Stopwatch.GetElapsedTime(since));
            await Task.WhenAny(Task.Delay(TimeSpan.FromMilliseconds(dice.Next(200, 1_000)), TimeProvider.System, over));
        }
        await bed.Person.SendAsync(HttpMethod.Delete, $"/api/v1/sessions/{begun.Field("id")}", null, CancellationToken.None);
    }

    private static async Task WeighAsync(Bed bed, Measures measures, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            measures.Weighed(bed.Nodes.Sum(MemoryOf));
            await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, over));
        }
    }

    private static double MemoryOf(HubProcess hub) => double.Parse(
        File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{hub.ProcessId}/status")).First(l => l.StartsWith("VmRSS", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;

    /// <summary>Answers and memory by tenths of the run.</summary>
    private sealed class Measures(FaultRun run, int seconds)
    {
        private readonly long _begun = Stopwatch.GetTimestamp();
        private readonly ConcurrentBag<TimeSpan>[] _answers = [.. Enumerable.Range(0, Parts).Select(_ => new ConcurrentBag<TimeSpan>())];
        private readonly ConcurrentBag<double>[] _memory = [.. Enumerable.Range(0, Parts).Select(_ => new ConcurrentBag<double>())];

        private int Part => Math.Min(Parts - 1, (int)(Stopwatch.GetElapsedTime(_begun).TotalSeconds * Parts / seconds));

        public async Task<HubAnswer?> TimeAsync(Func<Task<HubAnswer>> call)
        {
            var since = Stopwatch.GetTimestamp();
            try
            {
                var answer = await call();
                Took("answer", Stopwatch.GetElapsedTime(since));
                _answers[Part].Add(Stopwatch.GetElapsedTime(since));
                run.Expect(answer.Status < 400, $"a call answered {answer.Status}: {answer.Text}");
                return answer;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                run.Expect(false, $"a call failed: {e.Message}");
                return null;
            }
        }

        public void Took(string what, TimeSpan took) => run.Measure(what, took);

        public void Weighed(double megabytes) => _memory[Part].Add(megabytes);

        public void Judge(Bed bed)
        {
            ArgumentNullException.ThrowIfNull(bed);
            run.Count("answers", _answers.Sum(a => a.Count));
            run.Count("MiB after warming up", (int)Middle(_memory[FirstWarm]));
            run.Count("MiB at the end", (int)Middle(_memory[^1]));
            // Too short a run has warmed nothing up.
            if (seconds < 300) return;
            run.Expect(Middle(_memory[^1]) <= Middle(_memory[FirstWarm]) + MostGrowth, $"memory grew from {Middle(_memory[FirstWarm]):0} to {Middle(_memory[^1]):0} MiB");
            var (early, late) = (High(_answers[FirstWarm]), High(_answers[^1]));
            run.Expect(late <= (early * MostSlower) + _noise, $"the slowest in a hundred answers took {early.TotalMilliseconds:0} ms early and {late.TotalMilliseconds:0} ms late");
        }

        private static double Middle(ConcurrentBag<double> all) => all.IsEmpty ? 0 : all.Order().ElementAt(all.Count / 2);

        private static TimeSpan High(ConcurrentBag<TimeSpan> all) => all.IsEmpty ? TimeSpan.Zero : all.Order().ElementAt(Math.Min(all.Count - 1, all.Count * 99 / 100));
    }
}
