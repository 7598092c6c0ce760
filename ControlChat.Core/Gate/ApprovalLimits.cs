using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Gate;

/// <summary>How much may be asked of people. What waits is counted together; a pause after declines is for plans or for agents, so that turning an agent down does not silence its owner.</summary>
internal sealed class ApprovalLimits(IHubSettings settings)
{
    private static readonly TimeSpan DeclineWindow = TimeSpan.FromMinutes(10);

    /// <param name="agents">For an agent's ask, else for a plan.</param>
    /// <exception cref="ToolRefusedException"><c>rate_limited</c>: too much of this principal waits already, or three of its requests were declined a moment ago.</exception>
    public async Task CheckAsync(IHubReader reader, string principalKey, bool agents, CancellationToken cancellationToken)
    {
        var most = settings.Current.Limits.PendingApprovals;
        if (await ApprovalStore.CountPendingAsync(reader, principalKey, cancellationToken) >= most)
            throw new ToolRefusedException("rate_limited", "too_many_pending", $"{most} {(agents ? "requests" : "plans")} wait for a decision already. Decide or cancel some first.");
        if (await ApprovalStore.ThirdLastDeclineAsync(reader, principalKey, agents, reader.Now - DeclineWindow, cancellationToken) is { } declined)
            throw new ToolRefusedException("rate_limited", "rate_limited", $"Three requests were declined within ten minutes. New ones can be made after {Timestamps.Format(declined + DeclineWindow)}.");
    }
}
