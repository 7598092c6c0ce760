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
        await using (var hub = await HubProcess.StartAsync(new Dictionary<string, string>(BenchStores.Settings), application: options.App))
        {
            using var person = await HubClient.SignInAsync(hub);
            var thread = await ThreadAsync(person, messages: 200);
            var cookie = person.Cookies.GetCookieHeader(new Uri(hub.Url));
            await MeasureAsync(report, "a thread of 200 messages", hub.ProcessId, () => new CircuitClients(peers, hub.Url, $"/c/{thread}", cookie), kib: 450, start: 60);
            await MeasureAsync(report, "the workspaces page", hub.ProcessId, () => new CircuitClients(peers, hub.Url, "/workspaces", cookie), kib: null, start: 60);
        }
        using var blank = await BlankApp.StartAsync();
        await MeasureAsync(report, "the blank template", blank.ProcessId, () => new CircuitClients(peers, blank.Address, "/weather", ""), kib: null, start: null);
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
