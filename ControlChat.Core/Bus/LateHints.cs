using System.Collections.Concurrent;
using ControlChat.Core.Hub;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Bus;

/// <summary>
/// Wake-ups without a row. What the bus cannot take now is told when it serves again, because whoever waits for it, here or on another
/// node, has not seen the bus go away. Of what this process forgets when it ends, readers find out by themselves.
/// </summary>
internal sealed partial class LateHints(IBus bus, TimeProvider time, ILogger logger)
{
    // One for each thing that changed while the bus was away.
    private const int Kept = 10_000;

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<Announcement, bool> _late = new();

    public void Send(Announcement hint)
    {
        var sent = bus.AppendAsync(hint.Topic, BusMessage.New(Outbox.Payload(hint)), CancellationToken.None);
        if (!sent.IsCompletedSuccessfully) _ = ObserveAsync(sent, hint);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Again, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
                if (!_late.IsEmpty && await bus.IsHealthyAsync(cancellationToken)) SendAgain();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end.
        }
    }

    private void SendAgain()
    {
        foreach (var hint in _late.Keys)
            if (_late.TryRemove(hint, out _)) Send(hint);
    }

    private async Task ObserveAsync(Task sent, Announcement hint)
    {
        try
        {
            await sent;
        }
        catch (HubUnavailableException e)
        {
            if (_late.Count < Kept) _late.TryAdd(hint, true);
            LogLate(logger, e, hint.Topic);
        }
        catch (Exception e)
        {
            LogLost(logger, e, hint.Topic);
        }
    }

    [LoggerMessage(11, LogLevel.Debug, "A wake-up on {Topic} comes late")]
    private static partial void LogLate(ILogger logger, Exception fault, string topic);

    [LoggerMessage(12, LogLevel.Warning, "A wake-up on {Topic} was lost")]
    private static partial void LogLost(ILogger logger, Exception fault, string topic);
}
