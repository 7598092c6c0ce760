using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ControlChat.Bench.Circuits;

/// <summary>
/// Makes another .NET process collect its garbage, as its diagnostics port allows: an event session with the keyword GCHeapCollect begins
/// with a full collection. https://github.com/dotnet/diagnostics/blob/main/documentation/design-docs/ipc-protocol.md
/// </summary>
internal static class Collection
{
    private const byte EventPipe = 2;
    private const byte Stop = 1;
    private const byte Collect = 2;
    private const ulong GcHeapCollect = 0x800000;
    private const int Header = 20;
    private static readonly TimeSpan _collecting = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(int processId)
    {
        using var session = await ConnectAsync(processId);
        await session.SendAsync(Message(Collect, [.. Bytes(64u), .. Bytes(1u), .. Bytes(1u), .. Bytes(GcHeapCollect), .. Bytes(4u), .. Text("Microsoft-Windows-DotNETRuntime"), .. Bytes(0u)]));
        var answer = new byte[Header + 8];
        await ReadAsync(session, answer);
        var drained = DrainAsync(session);
        await Task.Delay(_collecting, TimeProvider.System);
        using (var stop = await ConnectAsync(processId))
        {
            await stop.SendAsync(Message(Stop, answer[Header..]));
            await ReadAsync(stop, new byte[Header]);
        }
        await drained;
    }

    private static async Task<Socket> ConnectAsync(int processId)
    {
        var path = Directory.EnumerateFiles("/tmp", string.Create(CultureInfo.InvariantCulture, $"dotnet-diagnostic-{processId}-*-socket")).First();
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    private static byte[] Message(byte command, byte[] payload)
    {
        var message = new byte[Header + payload.Length];
        Encoding.ASCII.GetBytes("DOTNET_IPC_V1\0", message);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(14), (ushort)message.Length);
        (message[16], message[17]) = (EventPipe, command);
        payload.CopyTo(message, Header);
        return message;
    }

    private static async Task ReadAsync(Socket socket, byte[] into)
    {
        for (int read, at = 0; at < into.Length; at += read)
            if ((read = await socket.ReceiveAsync(into.AsMemory(at))) == 0) throw new EndOfStreamException("The diagnostics port closed.");
    }

    private static async Task DrainAsync(Socket socket)
    {
        var buffer = new byte[1 << 16];
        while (await socket.ReceiveAsync(buffer) > 0) { }
    }

    private static byte[] Bytes(uint value) => BitConverter.GetBytes(value);

    private static byte[] Bytes(ulong value) => BitConverter.GetBytes(value);

    // Length in characters with the NUL, then UTF-16.
    private static byte[] Text(string text) => [.. Bytes((uint)text.Length + 1), .. Encoding.Unicode.GetBytes(text + "\0")];
}
