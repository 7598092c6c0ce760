using System.Text.Json.Nodes;
using ControlChat.Bench.Stores;
using ControlChat.Harness;

namespace ControlChat.Bench.Circuits;

/// <summary>P6: what an open page costs the hub in memory, and how soon it lives, beside the blank template.</summary>
internal static class CircuitCost
{
    // The first ones pay for what all share.
    private const int Warm = 40;
    private const int Most = 240;
    private const int Alone = 40;

    public static async Task MeasureAsync(BenchOptions options, Report report)
    {
        if (options.Peers is not { } peers)
        {
            report.Note("No --peers folder: circuits are opened by its modules, so none were.");
            return;
        }
        await PageAsync(options.App, peers, report, "a thread of 200 messages", async person => $"/c/{await ThreadAsync(person, messages: 200)}", kib: 450);
        await PageAsync(options.App, peers, report, "the workspaces page", _ => Task.FromResult("/workspaces"), kib: null);
        using var blank = await BlankApp.StartAsync();
        await MeasureAsync(report, "the blank template", blank.ProcessId, () => new CircuitClients(peers, blank.Address, "/weather", ""), kib: null, start: null);
    }

    // A process of its own for each page: what the circuits of another one left, being freed meanwhile, would be taken off.
    private static async Task PageAsync(string? app, string peers, Report report, string what, Func<HubClient, Task<string>> page, double? kib)
    {
        await using var hub = await HubProcess.StartAsync(new Dictionary<string, string>(BenchStores.Settings), application: app);
        using var person = await HubClient.SignInAsync(hub);
        var address = await page(person);
        await MeasureAsync(report, what, hub.ProcessId, () => new CircuitClients(peers, hub.Url, address, person.Cookies.GetCookieHeader(new Uri(hub.Url))), kib, start: 60);
    }

    private static async Task MeasureAsync(Report report, string what, int processId, Func<CircuitClients> open, double? kib, double? start)
    {
        using var clients = open();
        await clients.OpenAsync(Warm, 4);
        var before = await MemoryAsync(processId);
        var (alone, together) = (new Samples(), new Samples());
        alone.AddRange(await clients.OpenAsync(Warm + Alone, 1));
        together.AddRange(await clients.OpenAsync(Most, 10));
        var after = await MemoryAsync(processId);
        report.Add($"memory of a circuit, {what}", (after - before) * 1024 / (Most - Warm), "KiB", atMost: kib);
        report.Add($"start of a circuit, {what}", alone, p95: start);
        report.Add($"start of a circuit, ten at once, {what}", together);
    }

    // Twice: what the first collection finalised, the second frees.
    private static async Task<double> MemoryAsync(int processId)
    {
        await Collection.RunAsync(processId);
        await Collection.RunAsync(processId);
        return Machine.Memory(processId);
    }

    /// <summary>A conversation of questions and answers, made by runs of the offline planner.</summary>
    private static async Task<string> ThreadAsync(HubClient person, int messages)
    {
        var id = (await person.PostAsync("/api/v1/conversations", new JsonObject { ["title"] = "A long thread" })).Field("id")!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await using var events = EventStream.ReadAsync(person, $"/api/v1/conversations/{id}/events", null, limit.Token).GetAsyncEnumerator(limit.Token);
        for (var i = 0; i < messages / 2; i++)
        {
            var sent = await person.PostAsync($"/api/v1/conversations/{id}/messages", new JsonObject { ["text"] = $"What can you do for me, and what not? (question {i})", ["request_id"] = $"bench-{Guid.CreateVersion7():N}" });
            if (sent.Status != 202) throw new InvalidOperationException($"The message answered {sent.Status}: {sent.Text}");
            while (await events.MoveNextAsync() && events.Current.Type != "run_finished") { }
        }
        return id;
    }
}
