using ControlChat.Core.Bus;
using ControlChat.Core.Hub;

namespace ControlChat.App.Audit;

/// <summary>Tells a page that the record grew, at most twice a second; what came it reads for itself.</summary>
internal sealed class AuditNews(IBus bus, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Until cancelled.</summary>
    public async Task FollowAsync(Func<Task> changed, CancellationToken cancellationToken)
    {
        var entries = bus.TailAsync(Topics.Stream("audit"), null, cancellationToken);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var _ in entries)
                {
                    await Task.Delay(Pause, time, cancellationToken);
                    await changed();
                }
                return;
            }
            catch (BusGapException)
            {
                // Too many at once: what was missed is read now.
                entries = bus.TailAsync(Topics.Stream("audit"), null, cancellationToken);
                await changed();
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
