using ControlChat.Core.Accounts;

namespace ControlChat.Core.Gate;

/// <summary>A stop switch, checked when a tool applies. Shape: contracts, section 7.</summary>
/// <param name="Scope"><c>hub|tool|workspace|agent</c>.</param>
/// <param name="Target">Tool name, workspace id or agent (<see cref="CallOrigin.Agent"/>); null for the hub.</param>
public sealed record Freeze(string Id, string Scope, string? Target, string Reason, string SetBy, DateTimeOffset SetAt)
{
    /// <summary>Whether a plan would be refused for it now; the gate looks again when it applies.</summary>
    /// <param name="via">The door the plan was asked for by.</param>
    public bool Stops(Plan plan, string via) => Scope switch
    {
        "hub" => true,
        "tool" => plan.Tool == Target || (plan.Steps ?? []).Any(s => s.Tool == Target),
        "workspace" => Applier.WorkspacesOf(plan.Effects).Contains(Target!),
        "agent" => Target == new CallOrigin(via).Agent,
        _ => false,
    };

    /// <summary>Whether a workspace agent's approval would be refused for it now.</summary>
    public bool StopsAgent(string? workspaceId) => Scope switch
    {
        "hub" => true,
        "workspace" => Target == workspaceId,
        "agent" => Target == new CallOrigin(AgentRecord.Via).Agent,
        _ => false,
    };
}

/// <summary>Stop switches: set and lifted by signed-in admins (owners for their workspace), by no tool and no token.</summary>
public interface IFreezes
{
    /// <summary>Those in force: an admin sees all, others not those of workspaces they cannot see.</summary>
    Task<IReadOnlyList<Freeze>> ListAsync(Principal principal, CancellationToken cancellationToken);

    /// <exception cref="ToolRefusedException"><c>denied</c> or <c>invalid</c>.</exception>
    Task<Freeze> SetAsync(Principal principal, string scope, string? target, string reason, CancellationToken cancellationToken);

    /// <returns>False when there is no such freeze.</returns>
    /// <exception cref="ToolRefusedException"><c>denied</c>.</exception>
    Task<bool> LiftAsync(Principal principal, string freezeId, CancellationToken cancellationToken);
}
