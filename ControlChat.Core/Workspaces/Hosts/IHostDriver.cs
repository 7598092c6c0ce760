namespace ControlChat.Core.Workspaces.Hosts;

/// <summary>What starts and stops the hosts of workspaces. Every call may be repeated and ends the same.</summary>
public interface IHostDriver
{
    /// <summary>Starts the host, or takes over the one that this action started before; comes back when it answers.</summary>
    /// <exception cref="HostFailedException">It did not come up; nothing of it runs any more.</exception>
    Task StartAsync(HostOrder order, CancellationToken cancellationToken);

    /// <summary>Stops whatever runs for the workspace; nothing to do is fine.</summary>
    /// <exception cref="HostFailedException">Something of it still runs.</exception>
    Task StopAsync(string workspaceId, CancellationToken cancellationToken);

    /// <summary>Asks the host of an order whether it is well; being asked keeps it alive.</summary>
    Task<bool> AnswersAsync(string workspaceId, string actionId, CancellationToken cancellationToken);

    /// <summary>Every host that runs here, wanted or not.</summary>
    Task<IReadOnlyList<RunningHost>> ListAsync(CancellationToken cancellationToken);
}

/// <param name="ActionId">The action that ordered it.</param>
/// <param name="Size">One of <see cref="HostSize"/>.</param>
public sealed record HostOrder(string WorkspaceId, string ActionId, string Size);

public sealed record RunningHost(string WorkspaceId, string ActionId);

/// <param name="message">For people: what went wrong, without a path.</param>
public sealed class HostFailedException(string message) : Exception(message);
