using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace ControlChat.Faults;

/// <summary>A WebSocket that may break every rule of RFC 6455: its frames are written by hand.</summary>
internal sealed class RawWebSocket : IDisposable
{
    public const int Text = 1;
    public const int Binary = 2;
    public const int Close = 8;
    public const int Ping = 9;
    public const int Pong = 10;
    private readonly TcpClient _client = new();
    private NetworkStream _stream = null!;

    /// <returns>The socket, and the status that the handshake was answered with.</returns>
    public static async Task<(RawWebSocket Socket, int Status)> OpenAsync(Uri hub, string path, string headers, CancellationToken limit)
    {
        var socket = new RawWebSocket();
        try
        {
            await socket._client.ConnectAsync(hub.Host, hub.Port, limit);
            socket._client.NoDelay = true;
            socket._stream = socket._client.GetStream();
            var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
            await socket.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {hub.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{headers}\r\n"), limit);
            var answer = new StringBuilder();
            var one = new byte[1];
            while (!answer.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                await socket._stream.ReadExactlyAsync(one, limit);
                answer.Append((char)one[0]);
            }
            return (socket, int.Parse(answer.ToString().Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async Task SendAsync(int opcode, byte[] payload, CancellationToken limit, bool final = true, int reserved = 0, bool masked = true) =>
        await WriteAsync(Frame(opcode, payload, final, reserved, masked), limit);

    public async Task WriteAsync(byte[] bytes, CancellationToken limit) => await _stream.WriteAsync(bytes, limit);

    public static byte[] Frame(int opcode, byte[] payload, bool final = true, int reserved = 0, bool masked = true)
    {
        var frame = new List<byte> { (byte)((final ? 0x80 : 0) | (reserved << 4) | opcode) };
        var mask = masked ? 0x80 : 0;
        if (payload.Length < 126) frame.Add((byte)(mask | payload.Length));
        else if (payload.Length <= ushort.MaxValue)
            frame.AddRange([(byte)(mask | 126), (byte)(payload.Length >> 8), (byte)payload.Length]);
        else
        {
            frame.Add((byte)(mask | 127));
            var length = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(length, payload.Length);
            frame.AddRange(length);
        }
        // A mask of zeros leaves the payload as it is.
        if (masked) frame.AddRange([0, 0, 0, 0]);
        frame.AddRange(payload);
        return [.. frame];
    }

    /// <returns>Null: the connection is over.</returns>
    public async Task<(int Opcode, byte[] Payload)?> ReadAsync(CancellationToken limit)
    {
        try
        {
            var head = new byte[8];
            await _stream.ReadExactlyAsync(head.AsMemory(0, 2), limit);
            var opcode = head[0] & 0x0f;
            long length = head[1] & 0x7f;
            if (length == 126)
            {
                await _stream.ReadExactlyAsync(head.AsMemory(0, 2), limit);
                length = BinaryPrimitives.ReadUInt16BigEndian(head);
            }
            else if (length == 127)
            {
                await _stream.ReadExactlyAsync(head.AsMemory(0, 8), limit);
                length = BinaryPrimitives.ReadInt64BigEndian(head);
            }
            var payload = new byte[length];
            await _stream.ReadExactlyAsync(payload, limit);
            return (opcode, payload);
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose() => _client.Dispose();
}
