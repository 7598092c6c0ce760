using System.Buffers.Text;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using ControlChat.Harness;

namespace ControlChat.Bench.Terminals;

/// <summary>The product's: a session over the stream of its contract, with everything switched on, its transcript among it.</summary>
internal sealed class HubTerminal : ITerminalSide
{
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _message = new byte[256 * 1024];
    private readonly byte[] _output = new byte[256 * 1024];

    private HubTerminal()
    {
    }

    public string Name => "hub";

    public static async Task<HubTerminal> OpenAsync(HubProcess hub, HubClient person, string session)
    {
        var side = new HubTerminal();
        side._socket.Options.AddSubProtocol("controlchat.v1");
        side._socket.Options.Cookies = person.Cookies;
        side._socket.Options.SetRequestHeader("Origin", hub.Url.TrimEnd('/'));
        await side._socket.ConnectAsync(new UriBuilder(new Uri(new Uri(hub.Url), $"/api/v1/sessions/{session}/stream")) { Scheme = "ws" }.Uri, CancellationToken.None);
        return side;
    }

    public ValueTask TypeAsync(string text) => SendAsync(string.Concat("{\"v\":1,\"t\":\"in\",\"data\":\"", Convert.ToBase64String(Encoding.UTF8.GetBytes(text)), "\"}"));

    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult received;
            do
            {
                received = await _socket.ReceiveAsync(_message.AsMemory(length), cancellationToken);
                if (received.MessageType == WebSocketMessageType.Close) throw new InvalidOperationException($"The hub closed the stream ({_socket.CloseStatus}).");
                length += received.Count;
            }
            while (!received.EndOfMessage);
            if (await TakeAsync(length) is > 0 and var written) return _output.AsMemory(0, written);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.Yield();
        _socket.Dispose();
    }

    private async ValueTask<int> TakeAsync(int length)
    {
        var (type, written, number) = Parse(_message.AsSpan(0, length), _output);
        if (type == "ping") await SendAsync(string.Create(CultureInfo.InvariantCulture, $"{{\"v\":1,\"t\":\"pong\",\"n\":{number}}}"));
        if (type == "gap") throw new InvalidOperationException("The hub told of a gap.");
        return type == "out" ? written : 0;
    }

    private static (string? Type, int Written, long Number) Parse(ReadOnlySpan<byte> message, Span<byte> output)
    {
        var reader = new Utf8JsonReader(message);
        var (type, written, number) = ((string?)null, 0, 0L);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1) continue;
            var (isType, isData, isNumber) = (reader.ValueTextEquals("t"u8), reader.ValueTextEquals("data"u8), reader.ValueTextEquals("n"u8));
            reader.Read();
            if (isType) type = reader.GetString();
            else if (isNumber && reader.TokenType == JsonTokenType.Number) number = reader.GetInt64();
            else if (isData && reader.TokenType == JsonTokenType.String) Base64.DecodeFromUtf8(reader.ValueSpan, output, out _, out written);
            else reader.Skip();
        }
        return (type, written, number);
    }

    private ValueTask SendAsync(string frame) => _socket.SendAsync(Encoding.UTF8.GetBytes(frame).AsMemory(), WebSocketMessageType.Text, true, CancellationToken.None);
}
