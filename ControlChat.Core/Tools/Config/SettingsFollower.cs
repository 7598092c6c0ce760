using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Tools.Config;

/// <summary>
/// What was set through another process of the hub is in force here as soon as the bus tells of it, and at the latest at the next look:
/// the announcement of a change is carried out by one process only.
/// </summary>
internal sealed partial class SettingsFollower(IBus bus, IHubSettings settings, TimeProvider time, ILogger<SettingsFollower> logger) : BackgroundService
{
    /// <summary>A process that ends between its commit and its wake-up never sends that.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(HearAsync(stoppingToken), LookAsync(stoppingToken));

    private async Task HearAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var news = bus.TailAsync(Topics.Stream(ConfigSet.News), null, cancellationToken);
                // What was set before this tail was open, or while the last one was broken.
                await RefreshAsync(cancellationToken);
                await foreach (var _ in news) await RefreshAsync(cancellationToken);
            }
            catch (BusGapException)
            {
                // Begun again above.
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                LogLost(logger, e);
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (!bus.IsShared) return;
        using var timer = new PeriodicTimer(LookEvery, time);
        while (await timer.WaitForNextTickAsync(cancellationToken)) await RefreshAsync(cancellationToken);
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            await settings.RefreshAsync(cancellationToken);
        }
        catch (HubUnavailableException e)
        {
            // Nothing can be set meanwhile either; the next look reads what was.
            LogNotRead(logger, e);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // What was in force stays so; that is no reason for the hub to end.
            LogBroken(logger, e);
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "The settings in force were not read again")]
    private static partial void LogNotRead(ILogger logger, Exception fault);

    [LoggerMessage(3, LogLevel.Error, "The settings in force could not be read again")]
    private static partial void LogBroken(ILogger logger, Exception fault);

    [LoggerMessage(2, LogLevel.Warning, "Changes of settings through other processes are followed anew")]
    private static partial void LogLost(ILogger logger, Exception fault);
}
