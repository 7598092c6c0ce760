namespace ControlChat.Core.Audit;

/// <summary>Signs the chain's head now: for the last row of a clean stop. Otherwise signing goes by itself.</summary>
public interface ICheckpoints
{
    /// <summary>Never throws for a file or a database that does not serve; <see cref="CheckpointState.Fault"/> says so.</summary>
    Task SignAsync(CancellationToken cancellationToken);
}
