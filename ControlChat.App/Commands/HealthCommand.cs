using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.App.Start;

namespace ControlChat.App.Commands;

/// <summary>Asks the running hub of this data directory whether it is ready: for container engines and scripts that have no other client at hand.</summary>
internal sealed class HealthCommand : ICommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public string Name => "health";

    public IReadOnlyList<string> Usage { get; } = ["health"];

    public async Task<int> RunAsync(CommandLine line, CommandOutput output, CancellationToken cancellationToken)
    {
        line.Allow();
        if (line.Words.Count != 1) throw new StartException(ExitCode.Usage, Usage[0]);
        var directory = HubConfigurationSource.Load(line.Settings).Paths.DataDirectory;
        var run = RunFile.Read(directory)
            ?? throw new StartException(ExitCode.NoHub, $"No process of the hub answers for '{directory}'. Start it; a worker answers where Worker:Listen says.");
        var (ready, words) = await AskAsync(LoopbackOf(run.Url), cancellationToken);
        await output.Out.WriteLineAsync(words);
        return ready ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task<(bool Ready, string Words)> AskAsync(string url, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = Patience };
        try
        {
            using var answer = await client.GetAsync(new Uri(url + "/health/ready"), cancellationToken);
            return (answer.IsSuccessStatusCode, Checks(await answer.Content.ReadAsStringAsync(cancellationToken)) ?? $"It answered {(int)answer.StatusCode}.");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return (false, $"No answer at {url}: {e.Message}");
        }
    }

    private static string? Checks(string body)
    {
        try
        {
            return JsonNode.Parse(body)?["checks"] is JsonObject checks ? string.Join(Environment.NewLine, checks.Select(c => $"{c.Key,-12} {c.Value}")) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // What listens on every address is reached on this machine's own.
    private static string LoopbackOf(string url) => new UriBuilder(url) is { Host: "0.0.0.0" or "[::]" or "+" or "*" } every
        ? $"{every.Scheme}://{(every.Host == "[::]" ? "[::1]" : "127.0.0.1")}:{every.Port}" : url;
}
