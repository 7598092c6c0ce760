using ControlChat.Core.Hub;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Gate;

/// <summary>Reminds of approvals that wait, expires those that nobody decided, and forgets old confirm tokens, remembered answers and unused dry runs.</summary>
internal sealed partial class GateSweeper(HubDatabase database, ApprovalClosing closing, ApprovalReminders reminders, TimeProvider time, ILogger<GateSweeper> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ForgetEvery = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        var nextForget = time.GetUtcNow();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await DoAsync(closing.ExpireDueAsync, stoppingToken);
                    await DoAsync(reminders.RemindDueAsync, stoppingToken);
                    if (time.GetUtcNow() < nextForget) continue;
                    nextForget = time.GetUtcNow() + ForgetEvery;
                    await DoAsync(ForgetAsync, stoppingToken);
                }
                catch (HubUnavailableException e)
                {
                    LogLater(logger, e);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The hub stops.
        }
    }

    // What one of them cannot do stops none of the others.
    private async Task DoAsync(Func<CancellationToken, Task> one, CancellationToken cancellationToken)
    {
        try
        {
            await one(cancellationToken);
        }
        catch (Exception e) when (e is not (OperationCanceledException or HubUnavailableException))
        {
            LogFailed(logger, e);
        }
    }

    private async Task ForgetAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        await ConfirmTokens.ForgetAsync(transaction, cancellationToken);
        await IdempotencyStore.ForgetAsync(transaction, cancellationToken);
        await PlanStore.ForgetAsync(transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The gate's sweep could not reach the database; it tries again in a second")]
    private static partial void LogLater(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "A part of the gate's sweep failed; it tries again in a second, and what the other parts do goes on")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
