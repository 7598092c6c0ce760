using System.Buffers;
using System.Net.WebSockets;

namespace ControlChat.App.Sessions.Streams;

/// <summary>Whole messages of a client, of at most 64 KiB however they are cut: of a larger one nothing is kept.</summary>
internal sealed class FrameReader(WebSocket socket) : IDisposable
{
    public const int Most = 64 * 1024;
    private const int Least = 4 * 1024;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Least);

    /// <returns>What was read is good until the next read.</returns>
    /// <exception cref="WebSocketException">The connection broke, or the client does not keep to RFC 6455: also text that is no UTF-8.</exception>
    public async ValueTask<FrameRead> ReadAsync()
    {
        if (_buffer.Length >= 4 * Least) Swap(Least, 0);
        var count = 0;
        var tooLarge = false;
        while (true)
        {
            if (count == _buffer.Length) Swap(Math.Min(Most + 1, 2 * count), count);
            var part = await socket.ReceiveAsync(_buffer.AsMemory(tooLarge ? 0 : count), CancellationToken.None);
            if (part.MessageType == WebSocketMessageType.Close) return new FrameRead(FrameKind.Closed, default);
            if (part.MessageType == WebSocketMessageType.Binary) return new FrameRead(FrameKind.Binary, default);
            count += tooLarge ? 0 : part.Count;
            tooLarge |= count > Most;
            if (!part.EndOfMessage) continue;
            return tooLarge ? new FrameRead(FrameKind.TooLarge, default) : new FrameRead(FrameKind.Text, _buffer.AsMemory(0, count));
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
        _buffer = [];
    }

    private void Swap(int length, int keep)
    {
        var other = ArrayPool<byte>.Shared.Rent(length);
        _buffer.AsSpan(0, keep).CopyTo(other);
        // Typed secrets were in it.
        ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
        _buffer = other;
    }
}

internal enum FrameKind { Text, TooLarge, Binary, Closed }

internal readonly record struct FrameRead(FrameKind Kind, ReadOnlyMemory<byte> Text);
