using ControlChat.Core.Accounts;

namespace ControlChat.Core.Gate;

/// <summary>The one door to every control tool, for Ask, REST, MCP, slash commands and pages alike.</summary>
public interface IToolGate
{
    /// <summary>Validates, authorises, replays, plans, and applies or asks. Never throws for what a caller did; only cancellation.</summary>
    Task<Outcome> InvokeAsync(Principal principal, ToolCall call, CancellationToken cancellationToken);

    /// <summary>Applies a <c>planned</c> plan of one's own (202 when it needs a person).</summary>
    Task<Outcome> ApplyPlanAsync(Principal principal, string planId, string? requestId, CallOrigin origin, CancellationToken cancellationToken);

    /// <summary>A plan one may see, with the hashed object; null when there is none.</summary>
    Task<PlanDetail?> FindPlanAsync(Principal principal, string planId, CancellationToken cancellationToken);
}

/// <param name="Plan">The plan.</param>
/// <param name="Canonical">The object whose canonical JSON is hashed.</param>
public sealed record PlanDetail(Plan Plan, System.Text.Json.Nodes.JsonObject Canonical);
