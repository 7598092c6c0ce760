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
/// it came from. A client that takes a frame for longer than <see cref="SlowAfter"/> gets nothing more.
/// </summary>
internal sealed class StreamOutput(WebSocket socket, TimeProvider time) : IDisposable
{
    public static readonly TimeSpan SlowAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CloseWithin = TimeSpan.FromSeconds(2);
    private const int Envelope = 64;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Task? _stuck;
    private bool _closed;

    public Task SendAsync(string type, JsonObject frame) => SendAsync(Bytes(type, frame));

    public Task ErrorAsync(string code, string message, long? newest = null) =>
        SendAsync("error", newest is null ? new JsonObject { ["code"] = code, ["message"] = message } : new JsonObject { ["code"] = code, ["message"] = message, ["newest"] = newest });

    public Task GapAsync(long from, long to) => SendAsync("gap", new JsonObject { ["from"] = from, ["to"] = to });

    /// <summary>What the program printed, from its bytes straight to the wire's.</summary>
    /// <exception cref="StreamSlowException">The client does not read.</exception>
    public async ValueTask PrintedAsync(TerminalFrame frame)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Base64.GetMaxEncodedToUtf8Length(frame.Data.Length) + Envelope);
        var length = Write(buffer, frame);
        await SendAsync(buffer.AsMemory(0, length));
        // Not when it is stuck: then the socket still reads from it.
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Says why it is over, after what was missed, and waits for the client's answer no longer than a moment.</summary>
    /// <param name="receiving">Ends with the client's answer.</param>
    public async Task CloseAsync(int status, string reason, (long From, long To)? missed, Task receiving)
    {
        try
        {
            if (_stuck is { } stuck)
            {
                await stuck.WaitAsync(LastWord, time);
                _stuck = null;
            }
            if (missed is { } gap) await GapAsync(gap.From, gap.To).WaitAsync(LastWord, time);
            await SayCloseAsync(status, reason);
            await receiving.WaitAsync(CloseWithin, time);
        }
        catch (Exception e) when (e is TimeoutException or WebSocketException or OperationCanceledException or StreamSlowException or IOException or ObjectDisposedException)
        {
            // It does not listen, or is gone.
            socket.Abort();
        }
    }

    public void Dispose() => _turn.Dispose();

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
        finally
        {
            _turn.Release();
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> frame)
    {
        await _turn.WaitAsync();
        try
        {
            if (_closed) return;
            if (_stuck is not null) throw new StreamSlowException();
            var sending = socket.SendAsync(frame, WebSocketMessageType.Text, true, CancellationToken.None);
            if (sending.IsCompletedSuccessfully) return;
            var task = sending.AsTask();
            try
            {
                await task.WaitAsync(SlowAfter, time);
            }
            catch (TimeoutException)
            {
                _stuck = task;
                throw new StreamSlowException();
            }
        }
        finally
        {
            _turn.Release();
        }
    }

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
}

/// <summary>The client has not taken a frame for too long.</summary>
internal sealed class StreamSlowException() : Exception("The client does not read.");
