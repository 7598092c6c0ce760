using ControlChat.Core.Bus;
using ControlChat.Core.Hub;

namespace ControlChat.App.Live;

/// <summary>Tells a page that what a topic is about changed, at most four times a second; what changed it reads for itself.</summary>
/// <param name="subject">The part after <c>stream:</c>, such as <c>workspaces</c>.</param>
internal sealed class TopicNews(string subject, IBus bus, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    /// <summary>Until cancelled, whatever breaks: nobody waits for this, and a page whose news ended would stand still.</summary>
    public Task FollowAsync(Func<Task> changed, CancellationToken cancellationToken) =>
        bus.IsShared ? Task.WhenAll(HearAsync(changed, cancellationToken), LookAsync(changed, cancellationToken)) : HearAsync(changed, cancellationToken);

    private async Task HearAsync(Func<Task> changed, CancellationToken cancellationToken)
    {
        var entries = bus.TailAsync(Topics.Stream(subject), null, cancellationToken);
        TimeSpan? missed = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (missed is { } pause) await TellAsync(changed, pause, cancellationToken);
                missed = null;
                await foreach (var _ in entries) await TellAsync(changed, Pause, cancellationToken);
                return;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever was missed is read next.
                entries = bus.TailAsync(Topics.Stream(subject), null, cancellationToken);
                missed = e is BusGapException ? Pause : AfterFault;
            }
        }
    }

    // What a process that died did not tell.
    private async Task LookAsync(Func<Task> changed, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken)) await changed();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The page is gone.
        }
    }

    // The pause comes first: what a batch changes in one go is read once.
    private async Task TellAsync(Func<Task> changed, TimeSpan pause, CancellationToken cancellationToken)
    {
        await Task.Delay(pause, time, cancellationToken);
        await changed();
    }
}
