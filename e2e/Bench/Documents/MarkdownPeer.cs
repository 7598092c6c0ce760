using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.Bench.Documents;

/// <summary>remark, in a node process that stays warm.</summary>
internal sealed class MarkdownPeer(string peers) : IDisposable
{
    private readonly Process _node = Process.Start(new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "peer-markdown.mjs"), peers])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    /// <returns>Milliseconds of each time, and the headings found.</returns>
    public async Task<(double[] Times, int Headings)> ListAsync(string file, int times)
    {
        await _node.StandardInput.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{times} {file}"));
        await _node.StandardInput.FlushAsync();
        var line = await _node.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The peer ended; its folder needs 'npm ci'.");
        var answer = JsonNode.Parse(line)!;
        return (answer["times"].Deserialize<double[]>()!, answer["headings"]!.GetValue<int>());
    }

    public void Dispose()
    {
        if (!_node.HasExited) _node.Kill();
        _node.Dispose();
    }
}
