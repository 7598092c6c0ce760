namespace ControlChat.Core.Sync;

/// <summary>Compares the two sides of a sync, and makes one like the other.</summary>
public interface ISyncTransfer
{
    /// <summary>What a run would do; changes nothing on either side.</summary>
    /// <exception cref="SyncFailedException">It cannot be told; the message says why.</exception>
    Task<SyncDifference> CompareAsync(SyncOrder order, CancellationToken cancellationToken);

    /// <summary>Does it, and never deletes more than the difference says. Cancelling leaves no process; what was moved until then stays.</summary>
    /// <param name="expected">What <see cref="CompareAsync"/> just answered.</param>
    /// <param name="progress">Called often, from any thread.</param>
    /// <returns>What was in fact done.</returns>
    /// <exception cref="SyncFailedException">It broke off; the message says why.</exception>
    Task<SyncDifference> RunAsync(SyncOrder order, SyncDifference expected, Action<SyncProgress> progress, CancellationToken cancellationToken);

    /// <summary>Ends whatever of a run an earlier process of the hub left behind on this machine.</summary>
    Task EndLeftoversAsync(string actionId);
}

/// <param name="Mark">Whose processes these are: the action of a run, something unique else; letters, digits and underscores.</param>
/// <param name="Directory">The workspace's own, absolute.</param>
public sealed record SyncOrder(string Mark, string Directory, SyncConfig Config);
