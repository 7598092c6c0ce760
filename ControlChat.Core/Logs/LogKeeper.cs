using System.Threading.Channels;
using ControlChat.Core.Settings;
using ControlChat.Core.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Logs;

/// <summary>Keeps the index beside the log, and deletes what is older than <c>Logs:Days</c>: at start, then every hour.</summary>
internal sealed partial class LogKeeper(ILogStore store, LogFiles files, LogWriter writer, IHubSettings settings, TimeProvider time, ILogger<LogKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    // One wake-up is enough for any number of lines.
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private bool _failing;

    /// <summary>Deletes the days that are over, from disk and index.</summary>
    public async Task DeleteOldAsync(CancellationToken cancellationToken)
    {
        var oldest = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(1 - settings.Current.Logs.Days);
        var gone = files.DeleteBefore(oldest);
        if (gone.Count > 0) await store.ForgetAsync([.. gone.Select(n => n.ToString())], cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        writer.OpenFiles();
        writer.Written = () => _wake.Writer.TryWrite(true);
        _wake.Writer.TryWrite(true);
        await Task.WhenAll(IndexAsync(stoppingToken), ExpireAsync(stoppingToken));
    }

    private async Task IndexAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in _wake.Reader.ReadAllAsync(cancellationToken))
            await TryAsync(() => store.CatchUpAsync(cancellationToken));
    }

    private async Task ExpireAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Hour, time);
        do await TryAsync(() => DeleteOldAsync(cancellationToken));
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    // Said once when it begins to fail: each line of the log wakes the index again.
    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
            _failing = false;
        }
        catch (Exception e) when (e is LogsUnavailableException or IOException or UnauthorizedAccessException)
        {
            if (!_failing) LogFailing(logger, e.Message);
            _failing = true;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The index of the log is behind: {Reason}")]
    private static partial void LogFailing(ILogger logger, string reason);
}
