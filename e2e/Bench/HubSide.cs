using System.Diagnostics;
using System.Text.Json.Nodes;
using ControlChat.Harness;

namespace ControlChat.Bench;

/// <summary>The product, from outside: a message over REST, its run over the event stream, everything committed and on the record.</summary>
internal sealed class HubSide(HubProcess hub, HubClient person) : IAgentSide
{
    public string Name => "ControlChat";

    public static async Task<HubSide> StartAsync(string model)
    {
        var hub = await HubProcess.StartAsync(new Dictionary<string, string>
        {
            ["Model:Provider"] = "openai",
            ["Model:Endpoint"] = model,
            ["Model:Name"] = "scripted",
            ["OPENAI_API_KEY"] = "none",
            ["Limits:RequestsPerMinute"] = "1000000",
        });
        return new HubSide(hub, await HubClient.SignInAsync(hub));
    }

    public Task<Block> RunAsync(string scenario, int count, int concurrency) => Lanes.RunAsync(count, concurrency, () => OneAsync(scenario), hub.ProcessId);

    public async ValueTask DisposeAsync()
    {
        person.Dispose();
        await hub.DisposeAsync();
    }

    private async Task<(double Run, double First)> OneAsync(string scenario)
    {
        var conversation = (await person.PostAsync("/api/v1/conversations", new JsonObject())).Field("id")!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await using var events = EventStream.ReadAsync(person, $"/api/v1/conversations/{conversation}/events", null, limit.Token).GetAsyncEnumerator(limit.Token);
        var next = events.MoveNextAsync();
        var since = Stopwatch.GetTimestamp();
        var sent = await person.PostAsync($"/api/v1/conversations/{conversation}/messages", new JsonObject { ["text"] = "SCENARIO:" + scenario, ["request_id"] = $"bench-{Guid.CreateVersion7():N}" });
        if (sent.Status != 202) throw new InvalidOperationException($"The message answered {sent.Status}: {sent.Text}");
        double first = 0;
        while (await next)
        {
            var type = events.Current.Type;
            if (first == 0 && type == "text_delta") first = Stopwatch.GetElapsedTime(since).TotalMilliseconds;
            if (type == "run_finished") return (Stopwatch.GetElapsedTime(since).TotalMilliseconds, first);
            if (type is "run_failed" or "run_cancelled") throw new InvalidOperationException($"The run ended with {type}: {events.Current.Data.ToJsonString()}");
            next = events.MoveNextAsync();
        }
        throw new InvalidOperationException("The event stream ended before the run.");
    }
}
