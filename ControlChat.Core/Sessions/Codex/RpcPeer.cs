using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>Our end of the wire to an app-server: writes lines, and brings answers to those who asked.</summary>
/// <param name="mostToWrite">How long one line may take to write: a server that reads no more is as good as dead.</param>
internal sealed class RpcPeer(Stream toServer, TimeProvider time, TimeSpan mostToWrite) : IDisposable
{
    public static readonly JsonSerializerOptions Wire = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.Strict,
        PropertyNameCaseInsensitive = false,
    };

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly CancellationTokenSource _closing = new();
    private readonly Dictionary<string, TaskCompletionSource<JsonElement>> _pending = [];
    private AgentException? _closed;
    private long _last;

    /// <param name="limit">For all of it: until it is written, and until the answer is there.</param>
    /// <exception cref="RpcException">The server answered with an error.</exception>
    /// <exception cref="AgentException">It did not answer in time, or is gone.</exception>
    public async Task<JsonElement> RequestAsync(string method, object parameters, TimeSpan limit, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref _last);
        var key = id.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_closed is not null) throw new AgentException(_closed.Message, _closed);
            _pending.Add(key, answer);
        }
        using var late = new CancellationTokenSource(limit, time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            await WriteAsync(new { method, id, @params = parameters }, patience.Token);
            return await answer.Task.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new AgentException($"The agent did not answer '{method}' within {limit.TotalSeconds:0.#} s.");
        }
        finally
        {
            lock (_gate) _pending.Remove(key);
        }
    }

    public Task NotifyAsync(string method, CancellationToken cancellationToken) => WriteAsync(new { method }, cancellationToken);

    public Task AnswerAsync(RpcId id, object result, CancellationToken cancellationToken) => WriteAsync(new { id = Raw(id), result }, cancellationToken);

    public Task RefuseAsync(RpcId id, int code, string message, CancellationToken cancellationToken) =>
        WriteAsync(new { id = Raw(id), error = new { code, message } }, cancellationToken);

    /// <summary>Takes in an object of the server's.</summary>
    /// <returns>Null: it was an answer, and has reached who asked.</returns>
    public RpcMessage? Receive(JsonElement message)
    {
        if (RpcId.IsTooLong(message)) return new RpcMessage.Odd(message);
        var id = RpcId.Of(message);
        if (message.TryGetProperty("method", out var name) && name.ValueKind == JsonValueKind.String)
        {
            var parameters = message.TryGetProperty("params", out var given) ? given : default;
            return id is { } asked
                ? new RpcMessage.Request(asked, name.GetString()!, parameters, message)
                : new RpcMessage.Notification(name.GetString()!, parameters, message);
        }
        TaskCompletionSource<JsonElement>? waiting = null;
        if (id is { } answered)
        {
            lock (_gate) _pending.Remove(answered.Json, out waiting);
        }
        if (waiting is null) return new RpcMessage.Odd(message);
        if (message.TryGetProperty("result", out var result)) waiting.TrySetResult(result);
        else waiting.TrySetException(ErrorOf(message));
        return null;
    }

    /// <summary>Nothing comes any more: everything that waits, to be written or for an answer, fails with this, and whatever is asked later.
    /// The first reason stays.</summary>
    public void Close(AgentException why)
    {
        List<TaskCompletionSource<JsonElement>> waiting;
        lock (_gate)
        {
            _closed ??= why;
            waiting = [.. _pending.Values];
            _pending.Clear();
        }
        foreach (var one in waiting) one.TrySetException(why);
        _closing.Cancel();
    }

    // What is still being written ends with this, and needs the lock until then.
    public void Dispose() => Close(new AgentException("The agent takes no more messages: it was let go."));

    private async Task WriteAsync(object message, CancellationToken cancellationToken)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(message, Wire), (byte)'\n'];
        await EnterAsync(cancellationToken);
        // Not with the caller's token: half a line would spoil every later one. Whoever waits no more leaves it to itself.
        if (await PutAsync(line).WaitAsync(cancellationToken) is { } gone) throw new AgentException(gone.Message, gone);
    }

    private async Task EnterAsync(CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(mostToWrite, time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token, _closing.Token);
        try
        {
            await _writing.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new AgentException(Closed()?.Message ?? "The agent is slow to take its messages: this one was not sent.");
        }
    }

    // The lock is held, and let go at the end. Null: it is written.
    private async Task<AgentException?> PutAsync(byte[] line)
    {
        using var late = new CancellationTokenSource(mostToWrite, time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _closing.Token);
        try
        {
            if (Closed() is { } closed) return closed;
            await toServer.WriteAsync(line, patience.Token);
            await toServer.FlushAsync(patience.Token);
            return null;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or OperationCanceledException)
        {
            Close(new AgentException("The agent takes no more messages: its process has ended, or hangs.", e));
            return Closed();
        }
        finally
        {
            _writing.Release();
        }
    }

    private AgentException? Closed()
    {
        lock (_gate) return _closed;
    }

    private static JsonElement Raw(RpcId id) => JsonElement.Parse(id.Json);

    private static RpcException ErrorOf(JsonElement message)
    {
        if (!message.TryGetProperty("error", out var error) || error.ValueKind != JsonValueKind.Object) return new RpcException(0, "The agent answered with neither a result nor an error.");
        var code = error.TryGetProperty("code", out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var known) ? known : 0;
        var text = error.TryGetProperty("message", out var said) && said.ValueKind == JsonValueKind.String ? said.GetString()! : "The agent answered with an error.";
        return new RpcException(code, text);
    }
}
