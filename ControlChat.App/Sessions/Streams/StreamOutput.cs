using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals;

namespace ControlChat.App.Sessions.Streams;

/// <summary>
/// What goes to the client, one frame after the other, each written when the one before has left: what a slow client does not take waits where
/// it came from. A client that takes a piece of a frame for longer than <see cref="SlowAfter"/> gets nothing more but the rest of it and what it missed.
/// </summary>
internal sealed class StreamOutput(WebSocket socket, TimeProvider time) : IDisposable
{
    /// <summary>For a piece of 8 KiB: a client of 1 KB/s is slow, and served.</summary>
    public static readonly TimeSpan SlowAfter = TimeSpan.FromSeconds(10);

    private const int Piece = 8 * 1024;
    private const int Envelope = 64;

    // Whoever stands still for longer than both is not told why it is closed.
    private static readonly TimeSpan SlowLastWord = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CloseWithin = TimeSpan.FromSeconds(2);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Rest? _rest;
    private bool _closed;

    /// <summary>The sequence of a frame that got stuck and left after all; 0: none.</summary>
    public long Unstuck { get; private set; }

    /// <param name="seq">Of the frame that this tells; null: of none.</param>
    public Task SendAsync(string type, JsonObject frame, long? seq = null) => SendAsync(Bytes(type, frame), seq ?? 0);

    public Task ErrorAsync(string code, string message, long? newest = null) =>
        SendAsync("error", newest is null ? new JsonObject { ["code"] = code, ["message"] = message } : new JsonObject { ["code"] = code, ["message"] = message, ["newest"] = newest });

    public Task GapAsync(long from, long to) => SendAsync("gap", new JsonObject { ["from"] = from, ["to"] = to }, to);

    /// <summary>Something was typed: its place in the sequence, and nothing else of it.</summary>
    public Task TypedAsync(long seq) => SendAsync("in", new JsonObject { ["seq"] = seq }, seq);

    /// <summary>What the program printed, from its bytes straight to the wire's.</summary>
    /// <exception cref="StreamSlowException">The client does not read.</exception>
    public async ValueTask PrintedAsync(TerminalFrame frame)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Base64.GetMaxEncodedToUtf8Length(frame.Data.Length) + Envelope);
        var length = Write(buffer, frame);
        await SendAsync(buffer.AsMemory(0, length), frame.Seq);
        // Not when it is stuck: then the socket still reads from it.
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Says why it is over, after what was missed, and waits for the client's answer no longer than a moment.</summary>
    /// <param name="missed">What a slow client missed, once the frame that it did not take has left after all; null: it is not slow.</param>
    /// <param name="receiving">Ends with the client's answer.</param>
    public async Task CloseAsync(int status, string reason, Func<(long From, long To)>? missed, Task receiving)
    {
        try
        {
            if (missed is not null) await CatchUpAsync(missed).WaitAsync(SlowLastWord, time);
            await SayCloseAsync(status, reason);
            await receiving.WaitAsync(CloseWithin, time);
        }
        catch (Exception e) when (e is TimeoutException or WebSocketException or OperationCanceledException or StreamSlowException or ObjectDisposedException)
        {
            // It does not listen, or is gone.
            socket.Abort();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task CatchUpAsync(Func<(long From, long To)> missed)
    {
        await _turn.WaitAsync();
        try
        {
            if (_rest is { } rest)
            {
                await rest.Sending;
                _rest = null;
                await PutAsync(rest.Behind, rest.Seq);
                Unstuck = rest.Seq;
            }
        }
        finally
        {
            _turn.Release();
        }
        var (from, to) = missed();
        await GapAsync(from, to);
    }

    private async Task SayCloseAsync(int status, string reason)
    {
        if (!await _turn.WaitAsync(LastWord)) throw new TimeoutException();
        try
        {
            // Nothing is said behind this.
            _closed = true;
            using var limit = new CancellationTokenSource(CloseWithin, time);
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await socket.CloseOutputAsync((WebSocketCloseStatus)status, reason, limit.Token);
        }
        catch (IOException e)
        {
            throw Broken(e);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> frame, long seq)
    {
        await _turn.WaitAsync();
        try
        {
            if (_closed) return;
            if (_rest is not null) throw new StreamSlowException();
            await PutAsync(frame, seq);
        }
        finally
        {
            _turn.Release();
        }
    }

    // In pieces, each with its own time.
    private async ValueTask PutAsync(ReadOnlyMemory<byte> frame, long seq)
    {
        while (frame.Length > 0)
        {
            var piece = frame[..Math.Min(Piece, frame.Length)];
            frame = frame[piece.Length..];
            Task? sending = null;
            try
            {
                var sent = socket.SendAsync(piece, WebSocketMessageType.Text, frame.IsEmpty, CancellationToken.None);
                if (sent.IsCompletedSuccessfully) continue;
                sending = sent.AsTask();
                await sending.WaitAsync(SlowAfter, time);
            }
            catch (TimeoutException)
            {
                _rest = new Rest(sending!, frame, seq);
                throw new StreamSlowException();
            }
            catch (IOException e)
            {
                throw Broken(e);
            }
        }
    }

    // A fault of the client's way is not one of a transcript's disk.
    private static WebSocketException Broken(IOException e) => new(WebSocketError.ConnectionClosedPrematurely, e);

    private static int Write(Span<byte> buffer, TerminalFrame frame)
    {
        var at = Put(buffer, """{"v":1,"t":"out","seq":"""u8);
        frame.Seq.TryFormat(buffer[at..], out var digits, default, CultureInfo.InvariantCulture);
        at += digits;
        at += Put(buffer[at..], ",\"data\":\""u8);
        Base64.EncodeToUtf8(frame.Data.Span, buffer[at..], out _, out var written);
        at += written;
        return at + Put(buffer[at..], "\"}"u8);
    }

    private static int Put(Span<byte> buffer, ReadOnlySpan<byte> text)
    {
        text.CopyTo(buffer);
        return text.Length;
    }

    private static byte[] Bytes(string type, JsonObject frame)
    {
        var whole = new JsonObject { ["v"] = 1, ["t"] = type };
        foreach (var (name, value) in frame) whole[name] = value?.DeepClone();
        return JsonSerializer.SerializeToUtf8Bytes(whole, Json.Wire);
    }

    /// <summary>What is left of a frame that got stuck.</summary>
    private sealed record Rest(Task Sending, ReadOnlyMemory<byte> Behind, long Seq);
}

/// <summary>The client has not taken a frame for too long.</summary>
internal sealed class StreamSlowException() : Exception("The client does not read.");
