using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

/// <summary>The people of a workspace as a plan must see them: the rows, through the effects of the batch's earlier steps.</summary>
internal sealed class MemberView(MemberStore members, AccountStore accounts)
{
    /// <summary>The one open account meant by an id or an e-mail address; never "the first hit".</summary>
    /// <exception cref="ToolRefusedException"><c>not_found</c>, in the same words for nobody and for a closed account; <c>ambiguous</c>.</exception>
    public async Task<Account> OpenAccountAsync(PlanningContext context, string idOrEmail, CancellationToken cancellationToken) =>
        await accounts.FindOpenAsync(context.Reader, idOrEmail.Trim(), cancellationToken) switch
        {
            [var one] => one,
            [] => throw ToolRefusedException.NotFound("There is no account with this id or e-mail address here. Use the address the person signs in with; names are not looked up."),
            _ => throw ToolRefusedException.Ambiguous("More than one account has this address. Name the account by its id."),
        };

    /// <summary>The member meant by an id or an e-mail address; a closed account is one until it is removed.</summary>
    /// <exception cref="ToolRefusedException"><c>not_found</c> or <c>ambiguous</c>.</exception>
    public async Task<Member> MemberAsync(PlanningContext context, Workspace workspace, string idOrEmail, CancellationToken cancellationToken)
    {
        var asked = idOrEmail.Trim();
        var found = (await ListAsync(context, workspace, cancellationToken))
            .Where(m => m.AccountId == asked || string.Equals(m.Email, asked, StringComparison.OrdinalIgnoreCase)).ToList();
        return found.Count switch
        {
            1 => found[0],
            0 => throw new ToolRefusedException("not_found", "not_found", $"No member of {WorkspaceWords.Quote(workspace.Title)} has this id or e-mail address. workspace.get lists its people.") { Untrusted = workspace.Foreign },
            _ => throw ToolRefusedException.Ambiguous("More than one member has this address. Name the account by its id."),
        };
    }

    public async Task<IReadOnlyList<Member>> ListAsync(PlanningContext context, Workspace workspace, CancellationToken cancellationToken)
    {
        var seen = (await members.ListAsync(context.Reader, workspace.Id, cancellationToken)).ToList();
        // Made by this very batch: its maker owns it.
        if (seen.Count == 0) seen.Add(new Member(context.Principal.AccountId, context.Principal.Name, null, WorkspaceRole.Owner, false));
        foreach (var effect in context.Earlier)
        {
            if (MemberResource.Of(effect) is not { } of || of.Workspace != workspace.Id) continue;
            var at = seen.FindIndex(m => m.AccountId == of.Account);
            if (effect.Op == "create") seen.Add(MemberWords.Of(of.Account, effect.After!.AsObject()));
            else if (effect.Op == "delete") seen.RemoveAt(at);
            else seen[at] = seen[at] with { Role = effect.After!.GetValue<string>() };
        }
        return seen;
    }

    /// <summary>The version the effects depend on.</summary>
    public async Task<ReadVersion> ReadAsync(PlanningContext context, string workspaceId, string accountId, CancellationToken cancellationToken) =>
        new(MemberResource.Of(workspaceId, accountId), await members.VersionAsync(context.Reader, workspaceId, accountId, cancellationToken));

    /// <exception cref="ToolRefusedException"><c>conflict</c>: this is the only owner whose account is open.</exception>
    public async Task RequireOtherOwnerAsync(PlanningContext context, Workspace workspace, Member member, CancellationToken cancellationToken)
    {
        if (!member.IsOwner) return;
        var others = (await ListAsync(context, workspace, cancellationToken)).Any(m => m.IsOwner && !m.Closed && m.AccountId != member.AccountId);
        if (!others) throw WorkspaceWords.Conflict(workspace, $"This is the last owner of {WorkspaceWords.Quote(workspace.Title)}. Make somebody else an owner first with workspace.set_role.");
    }
}
