using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Sync;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Sync;

/// <inheritdoc cref="ISyncCancelling"/>
internal sealed class CancelSync(HubDatabase database, WorkspaceStore workspaces, SyncRunStore runs, IPrincipals principals, IAuditTrail audit, IHubSettings settings) : ISyncCancelling
{
    public async Task<bool> AskAsync(Principal principal, string workspaceId, string via, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var person = await principals.ReloadAsync(transaction, principal, cancellationToken);
        if (person is null || !person.Scopes.HasFlag(TokenScopes.Write) || !await MayAsync(transaction, person, workspaceId, cancellationToken)) return false;
        if (await runs.FindAsync(transaction, workspaceId, cancellationToken) is not { } run || !await runs.CancelAsync(transaction, run.ActionId, person.AccountId, cancellationToken)) return false;
        await audit.AppendAsync(transaction, new AuditEntry("tool.applied", "cancelled", new AuditActor(person.AccountId, person.TokenId, person.AuthSessionId, via))
        {
            Tool = "sync.run",
            ActionId = run.ActionId,
            WorkspaceId = workspaceId,
            Data = new JsonObject { ["sync"] = "cancel asked for" },
        }, cancellationToken);
        transaction.Hint(SyncWords.Topic, workspaceId);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private async Task<bool> MayAsync(IHubReader reader, Principal person, string workspaceId, CancellationToken cancellationToken) => settings.Current.Hub.IsLite
        ? person.IsAdmin
        : await workspaces.FindAsync(reader, person.AccountId, workspaceId, cancellationToken) is { } workspace && WorkspaceRole.Covers(workspace.Role, WorkspaceRole.Owner);
}
