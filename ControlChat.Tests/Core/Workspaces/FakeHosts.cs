using System.Collections.Concurrent;
using ControlChat.Core.Workspaces.Hosts;

namespace ControlChat.Tests.Core.Workspaces;

/// <summary>Hosts that run when they are told to, unless a test says otherwise.</summary>
internal sealed class FakeHosts : IHostDriver
{
    public List<HostOrder> Started { get; } = [];

    public ConcurrentDictionary<string, string> Running { get; } = [];

    /// <summary>Hosts whose answer is long in coming.</summary>
    public Dictionary<string, Task<bool>> Silent { get; } = [];

    /// <summary>How long a host takes to end.</summary>
    public Task Ending { get; set; } = Task.CompletedTask;

    public Exception? Fault { get; set; }

    public Task StartAsync(HostOrder order, CancellationToken cancellationToken)
    {
        if (Fault is not null) throw Fault;
        lock (Started) Started.Add(order);
        Running[order.WorkspaceId] = order.ActionId;
        return Task.CompletedTask;
    }

    public async Task StopAsync(string workspaceId, CancellationToken cancellationToken)
    {
        await Ending.WaitAsync(cancellationToken);
        Running.TryRemove(workspaceId, out _);
    }

    public Task<bool> AnswersAsync(string workspaceId, string actionId, CancellationToken cancellationToken) =>
        Silent.GetValueOrDefault(workspaceId) ?? Task.FromResult(Running.GetValueOrDefault(workspaceId) == actionId);

    public Task<IReadOnlyList<RunningHost>> ListAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RunningHost>>([.. Running.Select(r => new RunningHost(r.Key, r.Value))]);
}
