using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace ControlChat.Tests.App.Sessions.Streams;

/// <summary>A client of a terminal's stream that keeps all it was sent.</summary>
internal sealed class StreamClient : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly ClientWebSocket _socket;
    private readonly Channel<JsonObject> _frames = Channel.CreateUnbounded<JsonObject>();
    private readonly Task _reading;
    private readonly MemoryStream _printed = new();

    public StreamClient(ClientWebSocket socket)
    {
        _socket = socket;
        _reading = ReadAsync();
    }

    public ClientWebSocket Socket => _socket;

    /// <summary>Of the last frame that moves the cursor.</summary>
    public long Seq { get; private set; }

    public bool AnswersPings { get; set; } = true;

    public string Printed
    {
        get { lock (_printed) return Encoding.UTF8.GetString(_printed.ToArray()); }
    }

    public Task SendAsync(object frame) => SendTextAsync(System.Text.Json.JsonSerializer.Serialize(frame));

    public Task SendTextAsync(string text) => SendBytesAsync(Encoding.UTF8.GetBytes(text));

    public Task SendBytesAsync(byte[] bytes, WebSocketMessageType type = WebSocketMessageType.Text, bool end = true) => _socket.SendAsync(bytes, type, end, CancellationToken.None);

    public Task TypeAsync(string text) => SendAsync(new { v = 1, t = "in", data = Convert.ToBase64String(Encoding.UTF8.GetBytes(text)) });

    /// <summary>The next frame of a type; those before it are passed over.</summary>
    public async Task<JsonObject> NextAsync(string type, Func<JsonObject, bool>? which = null)
    {
        using var limit = new CancellationTokenSource(Patience);
        var passed = new List<string>();
        try
        {
            await foreach (var frame in _frames.Reader.ReadAllAsync(limit.Token))
            {
                if (frame["t"]!.GetValue<string>() == type && which?.Invoke(frame) != false) return frame;
                passed.Add(frame.ToJsonString());
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No {type} came, only: {string.Join('\n', passed)}");
        }
        throw new InvalidOperationException($"The stream ended ({_socket.CloseStatus} {_socket.CloseStatusDescription}) without {type}: {string.Join('\n', passed)}");
    }

    /// <summary>All there are that were not taken yet, of a connection that is over.</summary>
    public IAsyncEnumerable<JsonObject> AllAsync() => _frames.Reader.ReadAllAsync();

    public async Task<string> ErrorAsync() => (await NextAsync("error"))["code"]!.GetValue<string>();

    /// <summary>The code it was closed with; null: it broke.</summary>
    public async Task<int?> ClosedAsync()
    {
        await _reading.WaitAsync(Patience);
        return (int?)_socket.CloseStatus;
    }

    public void Abort() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _reading;
        _socket.Dispose();
        await _printed.DisposeAsync();
    }

    private async Task ReadAsync()
    {
        try
        {
            var buffer = new byte[256 * 1024];
            while (true)
            {
                var count = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(buffer.AsMemory(count), CancellationToken.None);
                    count += part.Count;
                }
                while (!part.EndOfMessage && part.MessageType != WebSocketMessageType.Close);
                if (part.MessageType == WebSocketMessageType.Close) break;
                await TakeAsync(JsonNode.Parse(buffer.AsSpan(0, count))!.AsObject());
            }
            if (_socket.State == WebSocketState.CloseReceived) await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            // It broke.
        }
        _frames.Writer.Complete();
    }

    private async Task TakeAsync(JsonObject frame)
    {
        if (frame["seq"] is JsonValue seq && frame["t"]!.GetValue<string>() != "hello") Seq = Math.Max(Seq, seq.GetValue<long>());
        if (frame["t"]!.GetValue<string>() == "out")
            lock (_printed) _printed.Write(Convert.FromBase64String(frame["data"]!.GetValue<string>()));
        if (frame["t"]!.GetValue<string>() == "ping" && AnswersPings) await SendAsync(new { v = 1, t = "pong", n = frame["n"]!.GetValue<long>() });
        await _frames.Writer.WriteAsync(frame);
    }
}
