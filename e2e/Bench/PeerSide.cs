using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.Bench;

/// <summary>The OpenAI Agents SDK for JavaScript, in a node process that stays warm.</summary>
internal sealed class PeerSide : IAgentSide
{
    private readonly Process _node;

    private PeerSide(Process node) => _node = node;

    public string Name => "@openai/agents (JS)";

    public static PeerSide Start(string peers, string model) => new(Process.Start(new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "peer-agent.mjs"), peers, model])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!);

    public async Task<Block> RunAsync(string scenario, int count, int concurrency)
    {
        var cpu = Machine.CpuMs(_node.Id);
        await _node.StandardInput.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{scenario} {count} {concurrency}"));
        await _node.StandardInput.FlushAsync();
        var line = await _node.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The peer ended; its folder needs 'npm ci'.");
        var answer = JsonNode.Parse(line)!;
        return new Block(answer["run"].Deserialize<double[]>()!, answer["first"].Deserialize<double[]>()!, Machine.CpuMs(_node.Id) - cpu, answer["rss"]!.GetValue<double>(), answer["wall"]!.GetValue<double>());
    }

    public ValueTask DisposeAsync()
    {
        _node.Kill();
        _node.Dispose();
        return ValueTask.CompletedTask;
    }
}
