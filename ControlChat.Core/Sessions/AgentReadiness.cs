using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions;

/// <summary>Whether this machine can run agents, in the words of <c>doctor</c>; asked anew at most once a minute, because it starts programs.</summary>
public sealed class AgentReadiness(IAgentKind kind, AgentProcesses processes, IHubSettings settings, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);
    private readonly SemaphoreSlim _one = new(1, 1);
    private (long At, AgentReadinessView View)? _last;

    public async Task<AgentReadinessView> LookAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (_last is { } last && time.GetElapsedTime(last.At) < Kept) return last.View;
            var version = await kind.FindAsync(cancellationToken);
            var view = new AgentReadinessView(version.Usable ? null : version.Advice ?? "It cannot be used.", await processes.FaultAsync(cancellationToken), settings.Current.Sessions.AllowUncontained);
            _last = (time.GetTimestamp(), view);
            return view;
        }
        finally
        {
            _one.Release();
        }
    }
}

/// <param name="NoAgent">Why the agent's program cannot be used and what to do; null: it can.</param>
/// <param name="NoNamespace">Why no namespace can be made and what to do; null: it can.</param>
/// <param name="Uncontained">The operator lets agents run without one.</param>
public sealed record AgentReadinessView(string? NoAgent, string? NoNamespace, bool Uncontained);
