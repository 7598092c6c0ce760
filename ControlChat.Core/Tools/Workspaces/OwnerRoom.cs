using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

/// <summary>Whether an account may own one workspace more (<c>Limits:Workspaces</c>), whichever way it comes to own it. Checked when planning and once more when applying.</summary>
internal sealed class OwnerRoom(WorkspaceStore workspaces, AccountLimits limits)
{
    /// <exception cref="ToolRefusedException"><c>denied</c>: the account owns as many as it may, with what the batch's earlier steps give it.</exception>
    public Task RequireAsync(PlanningContext context, string accountId, CancellationToken cancellationToken) =>
        RequireAsync(context.Reader, context.Principal.AccountId, accountId, context.Earlier.Count(e => MakesOwner(e, accountId, context.Principal.AccountId)), cancellationToken);

    /// <exception cref="ToolRefusedException">As when planning.</exception>
    public async Task RequireAsync(ApplyContext context, string accountId, CancellationToken cancellationToken)
    {
        // Two at the same moment wait for one another here, so that the second one counts right.
        await context.Transaction.ExecuteAsync("update accounts set name = name where id = @accountId", new { accountId }, cancellationToken);
        await RequireAsync(context.Transaction, context.Principal.AccountId, accountId, 0, cancellationToken);
    }

    private async Task RequireAsync(IHubReader reader, string asking, string accountId, int planned, CancellationToken cancellationToken)
    {
        var most = (await limits.OfAsync(reader, accountId, cancellationToken)).Workspaces;
        var owned = await workspaces.CountOwnedAsync(reader, accountId, cancellationToken) + planned;
        if (owned < most) return;
        // How many somebody else has is theirs to know.
        throw ToolRefusedException.Denied(accountId == asking
            ? $"You own {owned} workspaces, and {most} is the most you may own; the trash counts. Purge one that is not needed, or ask an admin to raise Limits:Workspaces for you."
            : "This person owns as many workspaces as they may. Give another role, or ask an admin to raise Limits:Workspaces for them.");
    }

    private static bool MakesOwner(Effect effect, string accountId, string asking) => effect switch
    {
        { Op: "create", Field: null } when effect.Resource.StartsWith(WorkspaceResource.Kind + "/", StringComparison.Ordinal) => accountId == asking,
        { Op: "create" } => MemberResource.Of(effect)?.Account == accountId && (string?)effect.After!["role"] == WorkspaceRole.Owner,
        { Op: "update", Field: "role" } => MemberResource.Of(effect)?.Account == accountId && effect.After!.GetValue<string>() == WorkspaceRole.Owner,
        _ => false,
    };
}
