using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Tools.Workspaces;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Invitations;

internal enum Acceptance
{
    Done,

    /// <summary>It does not hold (any more) for this account.</summary>
    Gone,

    /// <summary>The account owns as many workspaces as it may.</summary>
    Full,

    /// <summary>A stop switch holds.</summary>
    Frozen,
}

/// <summary>Uses an invitation up and lets the account in, with the rows of both, in the caller's transaction. What is refused leaves nothing there.</summary>
internal sealed class InvitationAcceptance(InvitationStore invitations, WorkspaceStore workspaces, MemberStore members, AccountLimits limits, IAccountRecord record, IAuditTrail audit)
{
    private const string Savepoint = "accept";

    // What stops these stops what they lead to.
    private static readonly string[] Tools = ["invitation.create", "workspace.add_collaborator"];

    /// <param name="transaction">The caller's; nothing of a refusal stays in it.</param>
    /// <param name="id">Of the invitation.</param>
    /// <param name="linkHash">Of the link that was shown; null: the account's address is the proof.</param>
    /// <param name="account">Who accepts, as the transaction sees it.</param>
    /// <param name="session">The browser's, or null before it has one.</param>
    /// <param name="cancellationToken">Stops the wait for the record.</param>
    public async Task<Acceptance> AcceptAsync(IHubTransaction transaction, string id, string? linkHash, Account account, string? session, CancellationToken cancellationToken)
    {
        if (await invitations.FindAsync(transaction, id, account.Id, cancellationToken) is not { } invitation) return Acceptance.Gone;
        if (await FreezeStore.StoppingAsync(transaction, Tools, invitation.WorkspaceId is { } at ? [at] : [], null, cancellationToken) is not null) return Acceptance.Frozen;
        await transaction.SaveAsync(Savepoint, cancellationToken);
        // The row first: with it comes the record's lock, and what is looked at after it stays as it is.
        await record.AppendAsync(transaction, new AccountEvent("account.changed", new AccountActor(account.Id, session, "ui"), Data(invitation, account)), cancellationToken);
        var email = account.Email is null ? null : Emails.Plain(account.Email);
        var result = await invitations.AcceptAsync(transaction, id, account.Id, email, linkHash, cancellationToken)
            ? await LetInAsync(transaction, invitation, account, session, cancellationToken) : Acceptance.Gone;
        if (result != Acceptance.Done)
        {
            await transaction.RollbackToAsync(Savepoint, cancellationToken);
            return result;
        }
        // The account was made by it just now. For a while nobody knows that it is not in the hand of whoever invited or copied the link.
        if (session is null) await TieAsync(transaction, invitation, linkHash, account, cancellationToken);
        transaction.Hint(Topics.Stream(InvitationResource.News), id);
        return result;
    }

    private async Task TieAsync(IHubTransaction transaction, Invitation invitation, string? linkHash, Account account, CancellationToken cancellationToken)
    {
        await AccountTies.NoteAsync(transaction, account.Id, invitation.InvitedBy, "created", cancellationToken);
        if (linkHash is not null && await invitations.MinterAsync(transaction, linkHash, cancellationToken) is { } minter) await AccountTies.NoteAsync(transaction, account.Id, minter, "created", cancellationToken);
    }

    // Who is a member already keeps the role they have: another one is a change that a person decides.
    private async Task<Acceptance> LetInAsync(IHubTransaction transaction, Invitation invitation, Account account, string? session, CancellationToken cancellationToken)
    {
        if (invitation is not { WorkspaceId: { } workspace, WorkspaceRole: { } role }) return Acceptance.Done;
        if (await workspaces.FindAsync(transaction, account.Id, workspace, cancellationToken) is not null) return Acceptance.Done;
        if (role == WorkspaceRole.Owner && !await HasRoomAsync(transaction, account.Id, cancellationToken)) return Acceptance.Full;
        if (!await members.AddAsync(transaction, workspace, account.Id, role, cancellationToken)) return Acceptance.Gone;
        transaction.Hint(Topics.Stream("workspaces"), workspace);
        await audit.AppendAsync(transaction, Entry(invitation, workspace, role, account, session), cancellationToken);
        return Acceptance.Done;
    }

    private async Task<bool> HasRoomAsync(IHubTransaction transaction, string accountId, CancellationToken cancellationToken)
    {
        // Two at the same moment wait for one another here, so that the second one counts right.
        await transaction.ExecuteAsync("update accounts set name = name where id = @accountId", new { accountId }, cancellationToken);
        return await workspaces.CountOwnedAsync(transaction, accountId, cancellationToken) < (await limits.OfAsync(transaction, accountId, cancellationToken)).Workspaces;
    }

    // As workspace.add_collaborator records it, with the invitation for the plan.
    private static AuditEntry Entry(Invitation invitation, string workspace, string role, Account account, string? session)
    {
        var effect = new Effect("create", MemberResource.Of(workspace, account.Id), null, null, MemberWords.Value(account.Name, account.Email, role));
        return new AuditEntry("tool.applied", "completed", new AuditActor(account.Id, null, session, "ui"))
        {
            Tool = "workspace.add_collaborator",
            WorkspaceId = workspace,
            Data = new JsonObject
            {
                ["arguments"] = MemberWords.Call(workspace, account.Id, role),
                ["effects"] = new JsonArray(JsonSerializer.SerializeToNode(effect, Json.Wire)),
                ["summary"] = $"{MemberWords.Person(account.Name, account.Email)} accepted an invitation as {role}",
                ["invitation_id"] = invitation.Id,
                ["invited_by"] = invitation.InvitedBy,
                ["untrusted"] = true,
            },
        };
    }

    private static JsonObject Data(Invitation invitation, Account account)
    {
        var data = PasswordCheck.Changed(account.Id, "invitation_accepted");
        (data["invitation_id"], data["invited_by"]) = (invitation.Id, invitation.InvitedBy);
        if (invitation.WorkspaceId is not null) (data["workspace_id"], data["workspace_role"]) = (invitation.WorkspaceId, invitation.WorkspaceRole);
        return data;
    }
}
