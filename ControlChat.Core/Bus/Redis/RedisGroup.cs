using System.Globalization;
using ControlChat.Core.Hub;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace ControlChat.Core.Bus.Redis;

/// <summary>
/// One consumer of a group. What it takes stays pending in Redis until it is done: the server counts deliveries, a failed entry
/// waits in a sorted set for its next one, and what a dead consumer left is taken over.
/// </summary>
internal sealed partial class RedisGroup(
    RedisLink link, Wakes wakes, RedisTiming timing, TimeProvider time, ILogger logger, string topic, string group, string consumer, Func<BusEntry, CancellationToken, Task> handler)
{
    private readonly string _retries = RedisKeys.Retries(topic, group);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var wake = wakes.Enter(topic);
        try
        {
            var pause = timing.Reconnect;
            while (true)
            {
                try
                {
                    var seen = wake.Seen;
                    var (delivery, wait) = await TakeAsync(cancellationToken);
                    pause = timing.Reconnect;
                    if (delivery is not null) await DeliverAsync(delivery, cancellationToken);
                    else await wake.WaitAsync(seen, wait, time, cancellationToken);
                }
                catch (HubUnavailableException e)
                {
                    LogNotRead(logger, e, topic);
                    await Task.Delay(pause, time, cancellationToken);
                    pause = pause * 2 < timing.Poll ? pause * 2 : timing.Poll;
                }
            }
        }
        finally
        {
            await LeaveAsync();
        }
    }

    private async Task<(Delivery? Delivery, TimeSpan Wait)> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var answer = (RedisResult[])await link.RunAsync(
                    RedisScript.Take, [topic, _retries], [group, consumer, Text((long)timing.TakeOver.TotalMilliseconds)], cancellationToken);
                if (answer.Length == 3) return (new Delivery((string)answer[0], Entries.Read(topic, (string)answer[0], answer[1]), (int)answer[2]), default);
                var due = TimeSpan.FromMilliseconds((long)answer[0]);
                return (null, due >= TimeSpan.Zero && due < timing.Poll ? due : timing.Poll);
            }
            catch (RedisServerException e) when (e.Message.Contains("NOGROUP", StringComparison.Ordinal))
            {
                await CreateAsync(cancellationToken);
            }
        }
    }

    // At the first use, and again when somebody emptied the database. It starts with everything kept.
    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await link.CallAsync("XGROUP", ["CREATE", topic, group, "0", "MKSTREAM"], cancellationToken);
        }
        catch (RedisServerException e) when (RedisLink.Word(e) == "BUSYGROUP")
        {
            // Another consumer was first.
        }
    }

    private async Task DeliverAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        if (delivery.Entry is null)
        {
            LogForeign(logger, topic, delivery.EntryId);
            await AcknowledgeAsync(delivery, cancellationToken);
            return;
        }
        if (delivery.Count > IBus.MaxDeliveries)
        {
            await BuryAsync(delivery, IBus.MaxDeliveries, "Each consumer that took it was gone before it was done.", cancellationToken);
            return;
        }
        try
        {
            await WorkAsync(delivery, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Interrupted, not refused: this delivery does not count, and whoever is there gets it at once.
            await TryPostponeAsync(delivery, delivery.Count - 1, TimeSpan.Zero);
            throw;
        }
        catch (Exception e)
        {
            var dead = delivery.Count >= IBus.MaxDeliveries;
            LogFailed(logger, e, consumer, group, topic, delivery.EntryId, dead ? "dead letter" : "tried again");
            if (dead) await BuryAsync(delivery, delivery.Count, OneLine.Of(e), cancellationToken);
            else await TryPostponeAsync(delivery, delivery.Count, timing.FirstBackoff * Math.Pow(2, delivery.Count - 1));
            return;
        }
        await AcknowledgeAsync(delivery, cancellationToken);
    }

    /// <summary>Runs the handler and tells Redis meanwhile that this consumer lives.</summary>
    private async Task WorkAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var work = handler(delivery.Entry!, cancellationToken);
        while (!work.IsCompleted)
        {
            using var beat = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var pause = Task.Delay(timing.TakeOver / 3, time, beat.Token);
            if (await Task.WhenAny(work, pause) == pause && !cancellationToken.IsCancellationRequested) await TryHoldAsync(delivery, cancellationToken);
            await beat.CancelAsync();
            if (cancellationToken.IsCancellationRequested) break;
        }
        await work;
    }

    private async Task TryHoldAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        try
        {
            await link.CallAsync("XCLAIM", [topic, group, consumer, "0", delivery.EntryId, "JUSTID"], cancellationToken);
        }
        catch (Exception e) when (e is HubUnavailableException or RedisServerException or OperationCanceledException)
        {
            // Without a sign another one may take it too: delivered at least once.
        }
    }

    private Task<RedisResult> AcknowledgeAsync(Delivery delivery, CancellationToken cancellationToken) =>
        link.CallAsync("XACK", [topic, group, delivery.EntryId], cancellationToken);

    private Task BuryAsync(Delivery delivery, int attempts, string error, CancellationToken cancellationToken) =>
        new RedisDeadLetters(link).BuryAsync(new DeadLetter(topic, group, delivery.EntryId, delivery.Entry!.Message, attempts, time.GetUtcNow(), error), cancellationToken);

    // When this is not written, the entry stays pending and comes again when its consumer counts as dead.
    private async Task TryPostponeAsync(Delivery delivery, int counted, TimeSpan pause)
    {
        try
        {
            await link.RunAsync(RedisScript.Postpone, [topic, _retries],
                [group, consumer, delivery.EntryId, Text((long)pause.TotalMilliseconds), Text(counted), link.WakeChannel], CancellationToken.None);
        }
        catch (Exception e) when (e is HubUnavailableException or RedisServerException)
        {
            LogNotPostponed(logger, e, topic, delivery.EntryId);
        }
    }

    private async Task LeaveAsync()
    {
        try
        {
            await link.RunAsync(RedisScript.Leave, [topic], [group, consumer, "0"], CancellationToken.None);
        }
        catch (Exception e) when (e is HubUnavailableException or RedisServerException)
        {
            // The sweep forgets it later.
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <param name="Count">Deliveries, this one included.</param>
    private sealed record Delivery(string EntryId, BusEntry? Entry, int Count);

    [LoggerMessage(1, LogLevel.Warning, "{Consumer} of {Group} failed on {Topic} entry {EntryId}: {Next}")]
    private static partial void LogFailed(ILogger logger, Exception fault, string consumer, string group, string topic, string entryId, string next);

    [LoggerMessage(2, LogLevel.Debug, "{Topic} could not be read")]
    private static partial void LogNotRead(ILogger logger, Exception fault, string topic);

    [LoggerMessage(3, LogLevel.Warning, "{Topic} entry {EntryId} is no message of a hub and is passed over")]
    private static partial void LogForeign(ILogger logger, string topic, string entryId);

    [LoggerMessage(4, LogLevel.Warning, "The failure of {Topic} entry {EntryId} was not written; it comes again")]
    private static partial void LogNotPostponed(ILogger logger, Exception fault, string topic, string entryId);
}
