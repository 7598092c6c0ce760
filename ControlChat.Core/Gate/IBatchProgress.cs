using ControlChat.Core.Accounts;

namespace ControlChat.Core.Gate;

/// <summary>How far an approved batch is, for whoever watches.</summary>
public interface IBatchProgress
{
    /// <summary>Null when there is no batch, or it may not be seen.</summary>
    Task<BatchProgress?> FindAsync(Principal principal, string approvalId, CancellationToken cancellationToken);
}

/// <param name="Done">Steps that are finished, whatever became of them.</param>
/// <param name="Of">Steps to do; left-out ones do not count.</param>
public sealed record BatchProgress(int Done, int Of);
