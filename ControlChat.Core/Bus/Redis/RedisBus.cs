using System.Collections.Concurrent;
using System.Globalization;
using ControlChat.Core.Hub;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace ControlChat.Core.Bus.Redis;

/// <summary>
/// The bus of many processes: streams and consumer groups in Redis 7, woken by pub/sub over polling. It is transport only: what
/// Redis loses is read from the database again. <c>stream:*</c> topics are short and expire when idle.
/// </summary>
internal sealed partial class RedisBus : IBus, IAsyncDisposable
{
    /// <summary>Entries of one <c>stream:*</c> topic, about; a reader that is further behind is told of the gap.</summary>
    public const int LiveLength = 4096;

    /// <summary>Entries of a kept topic, about, whatever its groups have done: Redis lives in memory.</summary>
    public const int KeptLength = 100_000;

    /// <summary>Deltas on their way at once, in this process.</summary>
    public const int UnderWay = 4096;

    private static readonly string LiveFor = ((long)TimeSpan.FromMinutes(10).TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
    private static readonly TimeSpan Health = TimeSpan.FromMilliseconds(900);
    private readonly RedisTiming _timing;
    private readonly TimeProvider _time;
    private readonly ILogger<RedisBus> _logger;
    private readonly Wakes _wakes = new();
    private readonly RedisDoor _door;
    private readonly RedisLink _link;
    private readonly RedisDeadLetters _deadLetters;

    // What to keep house for: topics of this process, with "" for the topic itself.
    private readonly ConcurrentDictionary<(string Topic, string Group), bool> _kept = new();
    private readonly SemaphoreSlim _room = new(UnderWay, UnderWay);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _housekeeping;
    private long _lost;

    // False while the server refuses entries: it may still pass wake-ups on, and every reader would look for nothing.
    private volatile bool _takes = true;

    public RedisBus(RedisPlace place, RedisTiming timing, TimeProvider time, ILogger<RedisBus> logger)
    {
        (_timing, _time, _logger) = (timing, time, logger);
        _door = new RedisDoor(place, timing, time);
        _link = new RedisLink(place, timing, time, logger, _door, _wakes.Raise);
        _deadLetters = new RedisDeadLetters(_link);
        _housekeeping = KeepHouseAsync(_stop.Token);
    }

    public Task<string?> RefusalAsync(CancellationToken cancellationToken) => _door.FaultAsync(cancellationToken);

    public string? Fault => _link.Fault;

    public bool IsShared => true;

    public async Task<string> AppendAsync(string topic, BusMessage message, CancellationToken cancellationToken)
    {
        var live = Topics.IsStream(topic);
        if (!live) _kept.TryAdd((topic, ""), true);
        try
        {
            var id = (string)await _link.CallAsync("XADD", Entry(topic, message, live ? LiveLength : KeptLength), cancellationToken);
            _takes = true;
            Told(topic, live);
            return id;
        }
        catch
        {
            _takes = false;
            throw;
        }
    }

    public ValueTask PostAsync(string topic, BusMessage message, CancellationToken cancellationToken)
    {
        if (!_room.Wait(0, cancellationToken)) return PostLaterAsync(topic, message, cancellationToken);
        Post(topic, message);
        return default;
    }

    // A server that was started anew may have lost what it had taken.
    public long Losses => Interlocked.Read(ref _lost) + _link.Generation;

    public IAsyncEnumerable<BusEntry> TailAsync(string topic, string? after, CancellationToken cancellationToken) =>
        new RedisTail(_link, _wakes, _timing, _time, topic, after, cancellationToken).ReadAsync(cancellationToken);

    public Task ConsumeAsync(string topic, string group, string consumer, Func<BusEntry, CancellationToken, Task> handler, CancellationToken cancellationToken)
    {
        if (Topics.IsStream(topic)) throw new ArgumentException("stream:* topics are tailed, not consumed", nameof(topic));
        _kept.TryAdd((topic, ""), true);
        _kept.TryAdd((topic, group), true);
        return new RedisGroup(_link, _wakes, _timing, _time, _logger, topic, group, consumer, handler).RunAsync(cancellationToken);
    }

    public Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(string? topic, CancellationToken cancellationToken) => _deadLetters.ListAsync(topic, cancellationToken);

    public Task<long> CountDeadLettersAsync(CancellationToken cancellationToken) => _deadLetters.CountAsync(cancellationToken);

    public Task<bool> ReplayAsync(string topic, string group, string entryId, CancellationToken cancellationToken) =>
        _deadLetters.ReplayAsync(topic, group, entryId, cancellationToken);

    public async Task<bool> IsHealthyAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A write, because a server that is full, or a replica by now, answers PING all the same.
            await _link.CallAsync(Health, "SET", [RedisKeys.Alive, "1"], cancellationToken);
            return true;
        }
        catch (Exception e) when (e is HubUnavailableException or RedisServerException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await _housekeeping;
        await _link.DisposeAsync();
        _stop.Dispose();
    }

    /// <summary>
    /// Removes what is old and done, and consumers that had nothing to do for long and owe nothing: one that still waits is made anew when
    /// it next takes something. Happens every hour.
    /// </summary>
    internal async Task TrimAsync(CancellationToken cancellationToken)
    {
        var age = ((long)_timing.KeptAge.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        foreach (var (topic, group) in _kept.Keys)
        {
            try
            {
                if (group.Length == 0) await _link.RunAsync(RedisScript.Trim, [topic], [age], cancellationToken);
                else await _link.RunAsync(RedisScript.Leave, [topic], [group, "", age], cancellationToken);
            }
            catch (RedisServerException e)
            {
                // Its group is gone, or it is no topic any more: that is no reason to let the others grow.
                LogNotTrimmed(_logger, e);
            }
        }
    }

    // Room is short when the server is slow: wait a moment for it. A server that stands still costs deltas, which the stored message replaces.
    private async ValueTask PostLaterAsync(string topic, BusMessage message, CancellationToken cancellationToken)
    {
        if (_link.IsUp && await _room.WaitAsync(_timing.Reconnect, cancellationToken)) Post(topic, message);
        else Interlocked.Increment(ref _lost);
    }

    private void Post(string topic, BusMessage message)
    {
        if (_link.Send("XADD", Entry(topic, message, LiveLength)) is not { } sent)
        {
            Interlocked.Increment(ref _lost);
            _room.Release();
            return;
        }
        // On the wire behind its entry: a wake-up that waited for the answer would cost every reader a round trip.
        var told = _takes;
        if (told) Told(topic, live: true);
        _ = sent.ContinueWith((done, _) => Posted(topic, done, told), null, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void Posted(string topic, Task<RedisResult> sent, bool told)
    {
        _takes = sent.IsCompletedSuccessfully;
        if (!sent.IsCompletedSuccessfully)
        {
            _ = sent.Exception;
            Interlocked.Increment(ref _lost);
        }
        else if (!told)
        {
            Told(topic, live: true);
        }
        _room.Release();
    }

    private void Told(string topic, bool live)
    {
        _link.SendBlind("PUBLISH", _link.WakeChannel, topic);
        if (live) _link.SendBlind("PEXPIRE", topic, LiveFor);
    }

    private static object[] Entry(string topic, BusMessage message, int length) =>
        [topic, "MAXLEN", "~", length.ToString(CultureInfo.InvariantCulture), "*", Entries.IdField, Entries.Text(message), Entries.PayloadField, message.Payload];

    private async Task KeepHouseAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_timing.TrimEvery, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken)) await TryTrimAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private async Task TryTrimAsync(CancellationToken cancellationToken)
    {
        try
        {
            await TrimAsync(cancellationToken);
        }
        catch (Exception e) when (e is HubUnavailableException or RedisServerException)
        {
            LogNotTrimmed(_logger, e);
        }
    }

    [LoggerMessage(11, LogLevel.Warning, "The bus was not trimmed")]
    private static partial void LogNotTrimmed(ILogger logger, Exception fault);
}
