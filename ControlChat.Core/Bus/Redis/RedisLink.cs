using System.Globalization;
using ControlChat.Core.Hub;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace ControlChat.Core.Bus.Redis;

/// <summary>
/// The one connection to Redis: every call is bounded, none blocks on the server, and it comes back by itself. A server that was
/// started anew may have lost anything: <see cref="Generation"/> counts that.
/// </summary>
internal sealed partial class RedisLink : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private readonly RedisPlace _place;
    private readonly RedisTiming _timing;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RedisDoor _door;
    private readonly Action<string> _woken;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _watching;
    private ConnectionMultiplexer? _connection;
    private string? _runId;
    private long _heard;
    private volatile bool _up = true;
    private volatile bool _demoted;
    private volatile int _generation;
    private string? _trouble;
    private volatile string? _fault;
    private Task _knocking = Task.CompletedTask;

    /// <param name="door">Knocked at while nothing answers: it knows why.</param>
    /// <param name="woken">Called with the topic of each wake-up, on any thread.</param>
    public RedisLink(RedisPlace place, RedisTiming timing, TimeProvider time, ILogger logger, RedisDoor door, Action<string> woken)
    {
        (_place, _timing, _time, _logger, _door, _woken) = (place, timing, time, logger, door, woken);
        _heard = time.GetTimestamp();
        _watching = Task.Run(() => WatchAsync(_stop.Token));
    }

    public string WakeChannel => RedisKeys.Wake(_place.Database);

    /// <summary>Rises when the server was started anew: what was read before says nothing about what is there now.</summary>
    public int Generation => _generation;

    /// <summary>False from the first call that had no answer to the next that had one.</summary>
    public bool IsUp => _up;

    /// <summary>What the operator must change before it answers; null while it does, and when that is not known.</summary>
    public string? Fault => _up ? null : _fault;

    /// <exception cref="HubUnavailableException">No connection, or no answer in time. The command may have been carried out.</exception>
    /// <exception cref="RedisServerException">The server refused the command.</exception>
    public Task<RedisResult> CallAsync(string command, object[] arguments, CancellationToken cancellationToken) =>
        CallAsync(_timing.Call, command, arguments, cancellationToken);

    /// <summary>Runs a script by its name; a server that does not know it yet gets its text, behind whatever was sent meanwhile.</summary>
    public async Task<RedisResult> RunAsync(RedisScript script, string[] keys, object[] arguments, CancellationToken cancellationToken)
    {
        try
        {
            return await CallAsync("EVALSHA", [script.Sha, .. Count(keys), .. arguments], cancellationToken);
        }
        catch (RedisServerException e) when (Word(e) == "NOSCRIPT")
        {
            return await RunTextAsync(script, keys, arguments, cancellationToken);
        }
    }

    /// <summary>Runs a script by its text: one command, in its place among those sent before and after.</summary>
    public Task<RedisResult> RunTextAsync(RedisScript script, string[] keys, object[] arguments, CancellationToken cancellationToken) =>
        CallAsync("EVAL", [script.Text, .. Count(keys), .. arguments], cancellationToken);

    public async Task<RedisResult> CallAsync(TimeSpan within, string command, object[] arguments, CancellationToken cancellationToken)
    {
        try
        {
            if (Volatile.Read(ref _connection) is null) await _first.Task.WaitAsync(within, _time, cancellationToken);
            var answer = await Database(_connection!).ExecuteAsync(command, arguments).WaitAsync(within, _time, cancellationToken);
            Note(up: true);
            return answer;
        }
        catch (Exception e) when (IsLoss(e) && !cancellationToken.IsCancellationRequested)
        {
            Note(up: false);
            throw new HubUnavailableException($"Redis at {_place.Endpoint} does not answer. Try again.", e);
        }
        catch (RedisServerException e) when (IsNotServing(e))
        {
            if (Word(e) == "READONLY") _demoted = true;
            throw new HubUnavailableException($"Redis at {_place.Endpoint} cannot serve now ({Word(e)}). Try again.", e);
        }
    }

    /// <summary>Puts a command on the wire behind the earlier ones and does not wait. Null when there is no connection.</summary>
    public Task<RedisResult>? Send(string command, params object[] arguments)
    {
        // Asked first: a refusal costs an exception, and there may be thousands.
        if (!_up || Volatile.Read(ref _connection) is not { IsConnected: true } connection) return null;
        try
        {
            return Database(connection).ExecuteAsync(command, arguments);
        }
        catch (Exception e) when (IsLoss(e))
        {
            return null;
        }
    }

    /// <summary>As <see cref="Send"/>, and nobody asks what became of it.</summary>
    public void SendBlind(string command, params object[] arguments)
    {
        if (!_up || Volatile.Read(ref _connection) is not { IsConnected: true } connection) return;
        try
        {
            Database(connection).ExecuteAsync(command, arguments, CommandFlags.FireAndForget);
        }
        catch (Exception e) when (IsLoss(e))
        {
            // What is sent blindly is a hint.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await _watching;
        await _knocking;
        Discard(_connection);
        _stop.Dispose();
    }

    /// <summary>The first word of a refusal, such as <c>NOGROUP</c>.</summary>
    public static string Word(RedisServerException refusal) => refusal.Message.Split(' ', 2)[0];

    private static object[] Count(string[] keys) => [keys.Length.ToString(CultureInfo.InvariantCulture), .. keys];

    private IDatabase Database(ConnectionMultiplexer connection) => connection.GetDatabase(_place.Database);

    // The client cancels what was under way when it is closed.
    private static bool IsLoss(Exception fault) => fault is RedisConnectionException or TimeoutException or ObjectDisposedException or OperationCanceledException;

    // What is said of a key is the caller's to answer; all else is the server's state, which passes or is mended by a person.
    private static bool IsNotServing(RedisServerException refusal) => Word(refusal) is not ("NOGROUP" or "BUSYGROUP" or "NOSCRIPT" or "WRONGTYPE");

    private void Note(bool up)
    {
        if (up) _heard = _time.GetTimestamp();
        if (_up == up) return;
        (_up, _fault) = (up, null);
        if (up) LogBack(_logger, _place.Endpoint);
        else LogLost(_logger, _place.Endpoint);
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await BeatAsync(cancellationToken);
                await Task.Delay(Beat, _time, cancellationToken);
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            _first.TrySetException(new ObjectDisposedException(nameof(RedisLink)));
        }
    }

    // Whatever goes wrong, there is a next beat: nothing else brings the connection back.
    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_connection is null || _demoted || _time.GetElapsedTime(_heard) > _timing.Silence) await ReplaceAsync(cancellationToken);
            await LookAsync(cancellationToken);
            _trouble = null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            if (IsLoss(e)) Note(up: false);
            else Tell(e);
            // Beside the beats, which a server that says nothing must not hold up.
            if (!_up && _knocking.IsCompleted) _knocking = KnockAsync(cancellationToken);
        }
    }

    private async Task KnockAsync(CancellationToken cancellationToken)
    {
        try
        {
            var fault = await _door.FaultAsync(cancellationToken);
            if (_up || fault == _fault) return;
            _fault = fault;
            if (fault is not null) LogFault(_logger, fault);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end.
        }
    }

    // Once for each thing that is wrong, not once a second; a loss is told already.
    private void Tell(Exception fault)
    {
        if (fault is HubUnavailableException { InnerException: not RedisServerException } || _trouble == fault.Message) return;
        _trouble = fault.Message;
        LogTrouble(_logger, fault, _place.Endpoint);
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var facts = ((string)await CallAsync("INFO", ["server"], cancellationToken)).Split("\r\n");
        if (facts.FirstOrDefault(f => f.StartsWith("run_id:", StringComparison.Ordinal)) is not { } runId) return;
        if (_runId is not null && _runId != runId) _generation++;
        _runId = runId;
    }

    private async Task ReplaceAsync(CancellationToken cancellationToken)
    {
        _heard = _time.GetTimestamp();
        var connecting = ConnectionMultiplexer.ConnectAsync(Configuration());
        try
        {
            var fresh = await connecting.WaitAsync(cancellationToken);
            // The order of wake-ups says nothing, and keeping it costs.
            fresh.PreserveAsyncOrder = false;
            await fresh.GetSubscriber().SubscribeAsync(WakeChannel, (_, topic) => _woken(topic!)).WaitAsync(_timing.Call, _time, cancellationToken);
            Discard(Interlocked.Exchange(ref _connection, fresh));
        }
        catch
        {
            _ = AbandonAsync(connecting);
            throw;
        }
        _demoted = false;
        _first.TrySetResult();
    }

    // One that is left alone goes on trying for ever.
    private static async Task AbandonAsync(Task<ConnectionMultiplexer> connecting)
    {
        try
        {
            Discard(await connecting);
        }
        catch (RedisConnectionException)
        {
            // It never was one.
        }
    }

    private ConfigurationOptions Configuration()
    {
        var options = new ConfigurationOptions
        {
            EndPoints = { _place.Endpoint },
            Password = _place.Password,
            Ssl = _place.Tls,
            SslHost = _place.Tls ? _place.Endpoint[.._place.Endpoint.LastIndexOf(':')].Trim('[', ']') : null,
            // A server that is away at start is waited for, as one that goes away later.
            AbortOnConnectFail = false,
            ConnectTimeout = (int)_timing.Call.TotalMilliseconds,
            ReconnectRetryPolicy = new ExponentialRetry(200, 2000),
            KeepAlive = 5,
            DefaultVersion = new Version(7, 0),
        };
        return options;
    }

    // Closing waits for what is under way, which may be for ever; nobody waits for that.
    private static void Discard(ConnectionMultiplexer? connection)
    {
        if (connection is not null) _ = connection.CloseAsync(allowCommandsToComplete: false);
    }

    [LoggerMessage(1, LogLevel.Warning, "Redis at {Endpoint} does not answer; the hub goes on trying")]
    private static partial void LogLost(ILogger logger, string endpoint);

    [LoggerMessage(4, LogLevel.Warning, "{Fault} The hub goes on trying.")]
    private static partial void LogFault(ILogger logger, string fault);

    [LoggerMessage(3, LogLevel.Warning, "The connection to Redis at {Endpoint} is in trouble; the hub goes on trying")]
    private static partial void LogTrouble(ILogger logger, Exception fault, string endpoint);

    [LoggerMessage(2, LogLevel.Information, "Redis at {Endpoint} answers again")]
    private static partial void LogBack(ILogger logger, string endpoint);
}
