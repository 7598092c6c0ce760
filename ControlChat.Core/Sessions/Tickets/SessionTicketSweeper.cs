using ControlChat.Core.Hub;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Sessions.Tickets;

/// <summary>Removes keys to sessions that are too old to open anything.</summary>
internal sealed partial class SessionTicketSweeper(HubDatabase database, TimeProvider time, ILogger<SessionTicketSweeper> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await SweepAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The hub stops.
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!await SessionTicketStore.AreAnyOldAsync(database, cancellationToken)) return;
            await using var transaction = await database.BeginAsync(cancellationToken);
            await SessionTicketStore.ForgetAsync(transaction, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (HubUnavailableException e)
        {
            LogLater(logger, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old tickets to sessions could not be removed; it is tried again in a minute")]
    private static partial void LogLater(ILogger logger, Exception exception);
}
