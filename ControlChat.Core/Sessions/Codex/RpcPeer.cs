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
    private readonly Dictionary<string, TaskCompletionSource<JsonElement>> _pending = [];
    private AgentException? _closed;
    private long _last;

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
        try
        {
            await WriteAsync(new { method, id, @params = parameters }, cancellationToken);
            return await answer.Task.WaitAsync(limit, time, cancellationToken);
        }
        catch (TimeoutException)
        {
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

    /// <summary>Nothing comes any more: everything that waits fails with this, and whatever is asked later. The first reason stays.</summary>
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
    }

    public void Dispose() => _writing.Dispose();

    private async Task WriteAsync(object message, CancellationToken cancellationToken)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(message, Wire), (byte)'\n'];
        using var limit = new CancellationTokenSource(mostToWrite, time);
        await _writing.WaitAsync(cancellationToken);
        try
        {
            lock (_gate)
            {
                if (_closed is not null) throw new AgentException(_closed.Message, _closed);
            }
            // Not with the caller's token: half a line would spoil every later one.
            await toServer.WriteAsync(line, limit.Token);
            await toServer.FlushAsync(limit.Token);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            var gone = new AgentException("The agent takes no more messages: its process has ended, or hangs.", e);
            Close(gone);
            throw gone;
        }
        finally
        {
            _writing.Release();
        }
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
