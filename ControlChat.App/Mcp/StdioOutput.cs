using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace ControlChat.App.Mcp;

/// <summary>Writes messages whole, one after the other, each in the framing it was asked in.</summary>
internal sealed class StdioOutput(Stream output) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <param name="json">Without line ends.</param>
    public async Task WriteAsync(StdioFraming framing, string json, CancellationToken cancellationToken)
    {
        var body = Encoding.UTF8.GetBytes(framing == StdioFraming.Line ? json + "\n" : json);
        byte[] frame = framing == StdioFraming.Line ? body : [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n")), .. body];
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await output.WriteAsync(frame, cancellationToken);
            await output.FlushAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <param name="id">Of the request; null when it had none that could be read.</param>
    public Task RefuseAsync(StdioFraming framing, JsonNode? id, int code, string message, CancellationToken cancellationToken) => WriteAsync(
        framing, new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id?.DeepClone(), ["error"] = new JsonObject { ["code"] = code, ["message"] = message } }.ToJsonString(), cancellationToken);

    public void Dispose() => _turn.Dispose();
}
