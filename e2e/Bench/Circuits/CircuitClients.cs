using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace ControlChat.Bench.Circuits;

/// <summary>Browsers without a browser: a node process that holds circuits open.</summary>
internal sealed class CircuitClients : IDisposable
{
    private readonly Process _node;

    public CircuitClients(string peers, string address, string page, string cookie) => _node = Process.Start(
        new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "circuits.mjs"), peers, address, page, cookie]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    /// <summary>Opens circuits until there are so many.</summary>
    /// <returns>From the WebSocket's beginning to the first drawing, in ms, of each new one.</returns>
    public async Task<double[]> OpenAsync(int total, int atOnce)
    {
        await _node.StandardInput.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{total} {atOnce}"));
        await _node.StandardInput.FlushAsync();
        var line = await _node.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The circuits' clients ended; their folder needs 'npm ci'.");
        var answer = JsonNode.Parse(line)!;
        if (answer["errors"]!.GetValue<int>() > 0) throw new InvalidOperationException($"Circuits failed: {answer["first"]}");
        return [.. answer["start"]!.AsArray().Select(t => t!.GetValue<double>())];
    }

    public void Dispose()
    {
        if (!_node.HasExited) _node.Kill();
        _node.Dispose();
    }
}
