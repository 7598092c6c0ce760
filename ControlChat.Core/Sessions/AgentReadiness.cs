using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions;

/// <summary>Whether this machine can run agents, in the words of <c>doctor</c>; asked anew at most once a minute, because it starts programs.</summary>
public sealed class AgentReadiness(IAgentKind kind, AgentProcesses processes, AgentCgroups cgroups, ITerminalHost terminals, IHubSettings settings, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);
    private readonly Lock _gate = new();
    private Task<AgentReadinessView>? _looking;
    private long _since;

    public Task<AgentReadinessView> LookAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_looking is null || time.GetElapsedTime(_since) > Kept) (_looking, _since) = (FindAsync(), time.GetTimestamp());
            return _looking.WaitAsync(cancellationToken);
        }
    }

    private async Task<AgentReadinessView> FindAsync()
    {
        var version = await kind.FindAsync(CancellationToken.None);
        return new AgentReadinessView(version.Usable ? null : version.Advice ?? "It cannot be used.", await processes.FaultAsync(CancellationToken.None), settings.Current.Sessions.AllowUncontained, cgroups.Why)
        {
            NoTerminal = await terminals.FaultAsync(CancellationToken.None),
        };
    }
}

/// <param name="NoAgent">Why the agent's program cannot be used and what to do; null: it can.</param>
/// <param name="NoNamespace">Why no namespace can be made and what to do; null: it can.</param>
/// <param name="Uncontained">The operator lets agents run without one.</param>
/// <param name="NoCgroups">Why the kernel bounds no agent and what to do; null: it does.</param>
public sealed record AgentReadinessView(string? NoAgent, string? NoNamespace, bool Uncontained, string? NoCgroups)
{
    /// <summary>Why the host of terminals cannot be used and what to do; null: it can.</summary>
    public string? NoTerminal { get; init; }
}
