using ControlChat.Core.Hub;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Usage;

/// <summary>
/// Writes down what was counted in memory, every 5 s and when the hub stops. A batch is tried until it is known to be in the database, and
/// carries a number by which that can be seen: nothing is lost or counted twice while the process lives.
/// </summary>
internal sealed partial class UsageFlush(HubDatabase database, UsageCounts counts, TimeProvider time, ILogger<UsageFlush> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ForgetEvery = TimeSpan.FromHours(6);
    private readonly string _node = Ids.New("node");
    private IReadOnlyCollection<(UsageKey Key, UsageSum Sum)> _batch = [];
    private long _number;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await FlushAsync(cancellationToken);
        }
        catch (Exception e) when (e is HubUnavailableException or OperationCanceledException or ObjectDisposedException)
        {
            LogLost(logger, e);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        var nextForget = time.GetUtcNow() + ForgetEvery;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await FlushAsync(stoppingToken);
                    if (time.GetUtcNow() < nextForget) continue;
                    nextForget = time.GetUtcNow() + ForgetEvery;
                    await ForgetAsync(stoppingToken);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    LogLater(logger, e);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The hub stops; what was counted since is written then.
        }
    }

    /// <summary>Writes all there is, a batch in each transaction.</summary>
    /// <exception cref="HubUnavailableException">Whether the batch under way came through is seen by its number next time.</exception>
    internal async Task FlushAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_batch.Count == 0)
            {
                _batch = counts.Take(UsageStore.Batch);
                _number++;
            }
            if (_batch.Count == 0) return;
            await using var transaction = await database.BeginAsync(cancellationToken);
            if (await UsageStore.MarkAsync(transaction, _node, _number, cancellationToken)) await UsageStore.AddAsync(transaction, _batch, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            _batch = [];
        }
    }

    internal async Task ForgetAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        await UsageStore.ForgetAsync(transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What was used could not be written down; it waits in memory")]
    private static partial void LogLater(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What was used in the last seconds could not be written down and is not counted")]
    private static partial void LogLost(ILogger logger, Exception exception);
}
