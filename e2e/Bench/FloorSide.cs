using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ControlChat.Bench;

/// <summary>The same exchanges with a bare HttpClient and a line reader: no agent, no record, no store.</summary>
internal sealed partial class FloorSide(string model) : IAgentSide
{
    private readonly HttpClient _http = new();

    public string Name => "bare HttpClient";

    public Task<Block> RunAsync(string scenario, int count, int concurrency) => Lanes.RunAsync(count, concurrency, () => OneAsync(scenario), null);

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<(double Run, double First)> OneAsync(string scenario)
    {
        var since = Stopwatch.GetTimestamp();
        double first = 0;
        var input = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "SCENARIO:" + scenario });
        for (var turn = int.Parse(Calls().Match(scenario).Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture); turn >= 0; turn--)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, model + "/responses") { Content = JsonContent.Create(new JsonObject { ["model"] = "scripted", ["stream"] = true, ["input"] = input.DeepClone() }) };
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
            while (await lines.ReadLineAsync() is { } line)
            {
                if (first == 0 && line.StartsWith("event: response.output_text.delta", StringComparison.Ordinal)) first = Stopwatch.GetElapsedTime(since).TotalMilliseconds;
                if (line.StartsWith("data: ", StringComparison.Ordinal)) JsonNode.Parse(line.AsSpan(6).ToString());
            }
            input.Add(new JsonObject { ["type"] = "function_call", ["call_id"] = $"c{turn}", ["name"] = "lookup", ["arguments"] = "{}" });
            input.Add(new JsonObject { ["type"] = "function_call_output", ["call_id"] = $"c{turn}", ["output"] = "x" });
        }
        return (Stopwatch.GetElapsedTime(since).TotalMilliseconds, first);
    }

    [GeneratedRegex(@"T(\d+)")]
    private static partial Regex Calls();
}
