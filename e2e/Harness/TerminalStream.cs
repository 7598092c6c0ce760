using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace ControlChat.Harness;

/// <summary>A client of <c>WS /api/v1/sessions/{id}/stream</c>, signed in as a person's browser is.</summary>
public sealed class TerminalStream : IAsyncDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);
    private readonly ClientWebSocket _socket;
    private readonly Channel<JsonObject> _frames = Channel.CreateUnbounded<JsonObject>(new UnboundedChannelOptions { SingleWriter = true });
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Task _reading;
    private int _gaps;

    private TerminalStream(ClientWebSocket socket)
    {
        _socket = socket;
        _reading = ReadAsync();
    }

    /// <summary>What the program printed since this client was connected.</summary>
    public MemoryStream Output { get; } = new();

    /// <summary>The sequence of the last frame.</summary>
    public long LastSeq { get; private set; }

    /// <summary>How often the hub said that something is missing.</summary>
    public int Gaps => Volatile.Read(ref _gaps);

    public string? ResumeToken { get; private set; }

    /// <summary>The close code once it is closed by the hub; null: it is open, or was cut.</summary>
    public int? Closed => _socket.CloseStatus is { } status ? (int)status : null;

    public static async Task<TerminalStream> OpenAsync(HubClient person, string url, string session, long? cursor = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(person);
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("controlchat.v1");
        socket.Options.Cookies = person.Cookies;
        socket.Options.SetRequestHeader("Origin", url.TrimEnd('/'));
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        var at = new UriBuilder(new Uri(new Uri(url), $"/api/v1/sessions/{session}/stream")) { Scheme = "ws", Query = cursor is { } seq ? $"cursor={seq}" : "" };
        await socket.ConnectAsync(at.Uri, cancellationToken);
        return new TerminalStream(socket);
    }

    public Task TypeAsync(string text) => SendAsync(new JsonObject { ["v"] = 1, ["t"] = "in", ["data"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(text)) });

    public async Task SendAsync(JsonObject frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(frame), WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>The next frame that is meant.</summary>
    /// <exception cref="InvalidOperationException">The connection ended before one came.</exception>
    public async Task<JsonObject> UntilAsync(Func<JsonObject, bool> meant, TimeSpan? within = null)
    {
        ArgumentNullException.ThrowIfNull(meant);
        using var limit = new CancellationTokenSource(within ?? _limit, TimeProvider.System);
        await foreach (var frame in _frames.Reader.ReadAllAsync(limit.Token))
            if (meant(frame)) return frame;
        throw new InvalidOperationException($"The stream ended ({Closed}).");
    }

    public Task<JsonObject> UntilAsync(string type, TimeSpan? within = null) => UntilAsync(f => f["t"]!.GetValue<string>() == type, within);

    /// <summary>Until this text stands in what was printed.</summary>
    public async Task UntilPrintedAsync(string text, TimeSpan? within = null)
    {
        var (wanted, looked) = (Encoding.UTF8.GetBytes(text), 0);
        if (!IsThere()) await UntilAsync(_ => IsThere(), within);

        // Only what came since the last look, and where the text may have begun before it.
        bool IsThere()
        {
            lock (Output)
            {
                var from = Math.Clamp(looked - wanted.Length, 0, (int)Output.Length);
                looked = (int)Output.Length;
                return Output.GetBuffer().AsSpan(from, looked - from).IndexOf(wanted) >= 0;
            }
        }
    }

    /// <summary>A copy of <see cref="Output"/>.</summary>
    public ReadOnlyMemory<byte> Printed()
    {
        lock (Output) return Output.ToArray();
    }

    /// <summary>What was printed so far is of no interest any more.</summary>
    public void Forget()
    {
        lock (Output) Output.SetLength(0);
    }

    /// <summary>Cuts the connection without a word.</summary>
    public void Cut() => _socket.Abort();

    /// <summary>Ends when the connection has.</summary>
    public Task Ended => _reading;

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _reading;
        _socket.Dispose();
        _sending.Dispose();
        await Output.DisposeAsync();
    }

    private async Task ReadAsync()
    {
        var (buffer, message) = (new byte[128 * 1024], new ArrayBufferWriter<byte>());
        try
        {
            while (true)
            {
                message.ResetWrittenCount();
                ValueWebSocketReceiveResult received;
                do
                {
                    received = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                    if (received.MessageType == WebSocketMessageType.Close) return;
                    message.Write(buffer.AsSpan(0, received.Count));
                }
                while (!received.EndOfMessage);
                await TakeAsync(JsonNode.Parse(message.WrittenSpan)!.AsObject());
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // It was cut, by either side.
        }
        finally
        {
            _frames.Writer.TryComplete();
        }
    }

    private async Task TakeAsync(JsonObject frame)
    {
        if (frame["seq"] is JsonValue seq) LastSeq = seq.GetValue<long>();
        switch (frame["t"]!.GetValue<string>())
        {
            case "hello":
                ResumeToken = frame["resume_token"]?.GetValue<string>();
                LastSeq = 0;
                break;
            case "out":
                lock (Output) Output.Write(Convert.FromBase64String(frame["data"]!.GetValue<string>()));
                break;
            case "gap":
                Interlocked.Increment(ref _gaps);
                break;
            case "ping":
                await SendAsync(new JsonObject { ["v"] = 1, ["t"] = "pong", ["n"] = frame["n"]!.DeepClone() });
                break;
        }
        _frames.Writer.TryWrite(frame);
    }
}
