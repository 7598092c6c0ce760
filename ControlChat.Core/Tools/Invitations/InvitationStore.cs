using ControlChat.Core.Hub;

namespace ControlChat.Core.Tools.Invitations;

/// <summary>Invitations and the hashes of their links. Whatever ends an invitation ends its links: they are looked at together.</summary>
internal sealed class InvitationStore
{
    private const string Pending = "i.accepted_at is null and i.revoked_at is null and i.expires_at > hub_now()";

    // Whoever invited must still be allowed to: an open admin for the hub, an owner for a workspace that is not in the trash.
    private const string Stands = """
        exists (select 1 from accounts a where a.id = i.invited_by and a.closed_at is null and (
          (i.workspace_id is null and a.role = 'admin')
          or exists (select 1 from workspace_members m join workspaces k on k.id = m.workspace_id
            where m.workspace_id = i.workspace_id and m.account_id = a.id and m.role = 'owner' and k.state <> 'trashed')))
        """;

    private const string Columns = $"""
        i.id, i.email, i.workspace_id, w.title as workspace_title, i.workspace_role, i.note, i.invited_by, coalesce(b.name, i.invited_by) as invited_by_name, i.created_at, i.expires_at,
        i.accepted_at, i.accepted_by, c.name as accepted_by_name, i.revoked_at, i.revoked_by,
        case when i.accepted_at is not null then 'accepted' when i.revoked_at is not null then 'revoked' when i.expires_at <= hub_now() then 'expired' else 'pending' end as state,
        case when {Stands} then 1 else 0 end as stands
        """;

    // Who is no member of a workspace does not learn its title from here.
    private const string From = """
        invitations i left join accounts b on b.id = i.invited_by left join accounts c on c.id = i.accepted_by
        left join workspace_members v on v.workspace_id = i.workspace_id and v.account_id = @viewer left join workspaces w on w.id = v.workspace_id
        """;

    public Task InsertAsync(IHubTransaction transaction, NewInvitation invitation, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("""
            insert into invitations (id, email, workspace_id, workspace_role, note, invited_by, created_at, expires_at)
            values (@Id, @Email, @WorkspaceId, @WorkspaceRole, @Note, @InvitedBy, hub_now(), @ExpiresAt)
            """, invitation, cancellationToken);

    /// <param name="reader">The view to read in.</param>
    /// <param name="id">Of the invitation.</param>
    /// <param name="viewer">Who looks: the workspace's title is for its members.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    public Task<Invitation?> FindAsync(IHubReader reader, string id, string viewer, CancellationToken cancellationToken) =>
        reader.FindAsync<Invitation>($"select {Columns} from {From} where i.id = @id", new { id, viewer }, cancellationToken);

    /// <summary>Of the workspace it leads to, for whom the link or the address proves to be meant; null: to none, or to one that is gone.</summary>
    public Task<string?> TitleAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        reader.FindAsync<string>("select w.title from invitations i join workspaces w on w.id = i.workspace_id where i.id = @id", new { id }, cancellationToken);

    /// <summary>0: there is none; 1: it waits or ran out; 2: it was accepted or revoked.</summary>
    public Task<long> VersionAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        reader.FindAsync<long>("select case when accepted_at is null and revoked_at is null then 1 else 2 end from invitations where id = @id", new { id }, cancellationToken);

    /// <summary>Newest first: those the account made or that lead to a workspace it owns; all of them for an admin.</summary>
    public Task<IReadOnlyList<Invitation>> ListAsync(IHubReader reader, InvitationFilter filter, CancellationToken cancellationToken)
    {
        var arguments = new { viewer = filter.AccountId, before = filter.Before ?? "~", workspaceId = filter.WorkspaceId, limit = filter.Limit };
        return reader.QueryAsync<Invitation>("select " + Columns + " from " + From + " where " + Page(filter) + " order by i.id desc limit @limit", arguments, cancellationToken);
    }

    // Two walks along an index each, not one past everybody's.
    private static string Page(InvitationFilter filter)
    {
        var which = "i.id < @before" + (filter.WorkspaceId is null ? "" : " and i.workspace_id = @workspaceId") + filter.State switch
        {
            InvitationState.Pending => " and " + Pending,
            InvitationState.Accepted => " and i.accepted_at is not null",
            InvitationState.Ended => " and i.accepted_at is null and (i.revoked_at is not null or i.expires_at <= hub_now())",
            _ => "",
        };
        if (filter.Admin) return which;
        var page = which + " order by i.id desc limit @limit";
        const string owns = "select workspace_id from workspace_members where account_id = @viewer and role = 'owner'";
        return "i.id in (select id from (select i.id from invitations i where i.invited_by = @viewer and " + page + ") made"
            + " union select id from (select i.id from invitations i where i.workspace_id in (" + owns + ") and " + page + ") owned)";
    }

    /// <summary>Those that wait and could be accepted: what opens nothing takes no room.</summary>
    public Task<long> CountPendingAsync(IHubReader reader, string invitedBy, CancellationToken cancellationToken) =>
        reader.FindAsync<long>($"select count(*) from invitations i where i.invited_by = @invitedBy and {Pending} and {Stands}", new { invitedBy }, cancellationToken);

    /// <summary>Made since, whatever became of them.</summary>
    public Task<long> CountSinceAsync(IHubReader reader, string invitedBy, DateTimeOffset since, CancellationToken cancellationToken) =>
        reader.FindAsync<long>("select count(*) from invitations where invited_by = @invitedBy and created_at > @since", new { invitedBy, since }, cancellationToken);

    /// <summary>One that ran out after it was planned is revoked all the same: it opens nothing either way.</summary>
    /// <returns>False when it was accepted or revoked before.</returns>
    public async Task<bool> RevokeAsync(IHubTransaction transaction, string id, string by, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("update invitations set revoked_at = hub_now(), revoked_by = @by where id = @id and accepted_at is null and revoked_at is null", new { id, by }, cancellationToken) == 1;

    /// <summary>Whether it waits, and whoever invited may still invite.</summary>
    public async Task<bool> StandsAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        await reader.FindAsync<string>($"select i.id from invitations i where i.id = @id and {Pending} and {Stands}", new { id }, cancellationToken) is not null;

    /// <summary>Uses the invitation up for this account. One update decides: who may, how long, whether it is the first.</summary>
    /// <param name="transaction">The one that lets the account in.</param>
    /// <param name="id">Of the invitation.</param>
    /// <param name="accountId">Whose acceptance.</param>
    /// <param name="email">The account's, in the plain form; null: it has none.</param>
    /// <param name="linkHash">Of the link that was shown; null: the address alone is the proof.</param>
    /// <param name="cancellationToken">Stops the wait for the row.</param>
    public async Task<bool> AcceptAsync(IHubTransaction transaction, string id, string accountId, string? email, string? linkHash, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync($"""
            update invitations as i set accepted_at = hub_now(), accepted_by = @accountId
            where i.id = @id and {Pending} and {Stands} and (i.email is null or i.email = @email)
              and case when @linkHash = '' then i.email is not null
                else exists (select 1 from invitation_links l where l.hash = @linkHash and l.invitation_id = i.id and l.expires_at > hub_now()) end
            """, new { id, accountId, email = email ?? "", linkHash = linkHash ?? "" }, cancellationToken) == 1;

    /// <summary>Those that wait for this address and stand, newest first; at most 20.</summary>
    public Task<IReadOnlyList<string>> WaitingForAsync(IHubReader reader, string email, CancellationToken cancellationToken) =>
        reader.QueryAsync<string>($"select i.id from invitations i where i.email = @email and {Pending} and {Stands} order by i.id desc limit 20", new { email }, cancellationToken);

    public async Task AddLinkAsync(IHubTransaction transaction, string hash, string id, string mintedBy, DateTimeOffset expiresAt, int atMost, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(
            "insert into invitation_links (hash, invitation_id, minted_by, created_at, expires_at) values (@hash, @id, @mintedBy, hub_now(), @expiresAt)", new { hash, id, mintedBy, expiresAt }, cancellationToken);
        await transaction.ExecuteAsync("""
            delete from invitation_links where invitation_id = @id and hash <> @hash
              and hash not in (select hash from invitation_links where invitation_id = @id and hash <> @hash order by created_at desc, hash limit @keep)
            """, new { id, hash, keep = atMost - 1 }, cancellationToken);
    }

    /// <summary>Who copied the link.</summary>
    public Task<string?> MinterAsync(IHubReader reader, string hash, CancellationToken cancellationToken) =>
        reader.FindAsync<string>("select minted_by from invitation_links where hash = @hash", new { hash }, cancellationToken);

    /// <summary>To what a link leads, whether or not it still opens it; null: to nothing that is remembered.</summary>
    public Task<InvitationLink?> FindLinkAsync(IHubReader reader, string hash, CancellationToken cancellationToken) =>
        reader.FindAsync<InvitationLink>("""
            select l.invitation_id, case when a.role = 'admin' and a.closed_at is null then 1 else 0 end as by_admin
            from invitation_links l left join accounts a on a.id = l.minted_by where l.hash = @hash
            """, new { hash }, cancellationToken);

    /// <summary>Links long past their end; until then "accepted", "revoked" and "expired" can be told apart from "unknown" on the record.</summary>
    public Task ForgetLinksAsync(IHubTransaction transaction, DateTimeOffset before, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("delete from invitation_links where expires_at < @before", new { before }, cancellationToken);
}

/// <param name="Email">In the plain form, or null.</param>
internal sealed record NewInvitation(string Id, string? Email, string? WorkspaceId, string? WorkspaceRole, string? Note, string InvitedBy, DateTimeOffset ExpiresAt);

/// <param name="AccountId">Who looks.</param>
/// <param name="Admin">Sees all.</param>
/// <param name="State"><c>pending|accepted|ended</c>, or null for all.</param>
/// <param name="WorkspaceId">Those to one workspace only, or null.</param>
/// <param name="Before">Continues behind this id, or null.</param>
internal sealed record InvitationFilter(string AccountId, bool Admin, string? State, string? WorkspaceId, string? Before, int Limit);

internal sealed record InvitationLink
{
    public required string InvitationId { get; init; }

    /// <summary>An admin copied it, and still is one: they answer for whom it was sent to.</summary>
    public bool ByAdmin { get; init; }
}
