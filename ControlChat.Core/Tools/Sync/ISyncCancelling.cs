using ControlChat.Core.Accounts;

namespace ControlChat.Core.Tools.Sync;

/// <summary>Stops a run. Like every stop it waits for no approval and no freeze holds it; it is no tool, so no model is offered it.</summary>
public interface ISyncCancelling
{
    /// <summary>Asks the process that runs it to stop; within seconds nothing of it is left.</summary>
    /// <param name="via">By which door: <c>ui</c> or <c>rest</c>.</param>
    /// <returns>False when nothing runs that this person may stop.</returns>
    Task<bool> AskAsync(Principal principal, string workspaceId, string via, CancellationToken cancellationToken);
}
