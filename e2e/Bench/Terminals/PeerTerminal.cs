using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;

namespace ControlChat.Bench.Terminals;

/// <summary>The peer's server, in a node process that stays warm.</summary>
internal sealed class PeerServer : IDisposable
{
    private readonly Process _node;

    private PeerServer(Process node, int port) => (_node, Port) = (node, port);

    public int Port { get; }

    public static async Task<PeerServer> StartAsync(string peers)
    {
        var node = Process.Start(new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "peer-terminal.mjs"), peers]) { RedirectStandardOutput = true })!;
        var line = await node.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The peer ended; its folder needs 'npm ci' and 'npm rebuild node-pty'.");
        return new PeerServer(node, int.Parse(line, CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        _node.Kill();
        _node.Dispose();
    }
}

/// <summary>node-pty behind ws, raw bytes both ways.</summary>
internal sealed class PeerTerminal : ITerminalSide
{
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _message = new byte[256 * 1024];

    private PeerTerminal()
    {
    }

    public string Name => "node-pty + ws";

    public static async Task<PeerTerminal> OpenAsync(PeerServer server)
    {
        var side = new PeerTerminal();
        await side._socket.ConnectAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"ws://127.0.0.1:{server.Port}/")), CancellationToken.None);
        return side;
    }

    public ValueTask TypeAsync(string text) => _socket.SendAsync(Encoding.UTF8.GetBytes(text).AsMemory(), WebSocketMessageType.Binary, true, CancellationToken.None);

    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        var received = await _socket.ReceiveAsync(_message.AsMemory(), cancellationToken);
        return received.MessageType == WebSocketMessageType.Close ? throw new InvalidOperationException("The peer closed the stream.") : _message.AsMemory(0, received.Count);
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
