using ControlChat.Core.Hub;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Settings;

/// <summary>
/// What was changed through another process of the hub is in force here a few seconds later: the announcement of a change is
/// carried out by one process only.
/// </summary>
internal sealed partial class SettingsWatch(HubDatabase database, IHubSettings settings, TimeProvider time, ILogger<SettingsWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (database.IsOneProcess) return;
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await TryAsync(stoppingToken);
    }

    private async Task TryAsync(CancellationToken cancellationToken)
    {
        try
        {
            await settings.RefreshAsync(cancellationToken);
        }
        catch (HubUnavailableException e)
        {
            LogNotRead(logger, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The settings in force were not read again")]
    private static partial void LogNotRead(ILogger logger, Exception fault);
}
