using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Handoffs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Handoff;

/// <summary>Follows every open task in every process that works. Rows are looked at every half second; what the bus says only makes it sooner.</summary>
internal sealed partial class HandoffFollower(HandoffFollowing following, IBus bus, TimeProvider time, ILogger<HandoffFollower> logger) : BackgroundService
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private readonly Signal _wake = new();
    private readonly HashSet<string> _lost = new(StringComparer.Ordinal);

    /// <summary>Goes on with all that has news, until none has.</summary>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        foreach (var handoff in await following.NewsAsync(cancellationToken))
            if (!_lost.Contains(handoff.Id)) await StepAsync(handoff, cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(GuardAsync(HearAsync, stoppingToken), GuardAsync(WorkAsync, stoppingToken));

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var seen = _wake.Version;
            await FollowAsync(cancellationToken);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(_wake.WaitAsync(seen, either.Token), Task.Delay(Beat, time, either.Token));
            await either.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task HearAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await foreach (var _ in bus.TailAsync(Topics.Stream(SessionEnding.Changes), null, cancellationToken)) _wake.Raise();
                return;
            }
            catch (BusGapException)
            {
                _wake.Raise();
            }
        }
    }

    // One that cannot be followed holds up no other, and nobody waits for it.
    private async Task StepAsync(HandoffRow handoff, CancellationToken cancellationToken)
    {
        try
        {
            if (await following.StepAsync(handoff, cancellationToken)) _wake.Raise();
        }
        catch (Exception e) when (e is not (OperationCanceledException or HubUnavailableException))
        {
            var reference = Ids.New("ref")[^8..];
            LogBroke(logger, e, handoff.Id, reference);
            await GiveUpAsync(handoff, reference, cancellationToken);
        }
    }

    // Where it cannot even be ended, it is left alone until the next start; a database that is away says nothing about it.
    private async Task GiveUpAsync(HandoffRow handoff, string reference, CancellationToken cancellationToken)
    {
        try
        {
            await following.GiveUpAsync(handoff, reference, cancellationToken);
        }
        catch (Exception e) when (e is not (OperationCanceledException or HubUnavailableException))
        {
            LogBroke(logger, e, handoff.Id, reference);
            _lost.Add(handoff.Id);
        }
    }

    private async Task GuardAsync(Func<CancellationToken, Task> loop, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await loop(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The database or the bus is away: the rows stay, and are followed from where they were.
                LogLoopBroke(logger, e);
                await Task.WhenAny(Task.Delay(Pause, time, cancellationToken));
            }
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The task {HandoffId} cannot be followed (ref {Reference})")]
    private static partial void LogBroke(ILogger logger, Exception fault, string handoffId, string reference);

    [LoggerMessage(2, LogLevel.Warning, "Following handed-over tasks broke off and begins again")]
    private static partial void LogLoopBroke(ILogger logger, Exception fault);
}
