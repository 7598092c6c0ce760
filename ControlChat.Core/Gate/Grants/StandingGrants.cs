using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate.Grants;

/// <inheritdoc cref="IGrants"/>
internal sealed class StandingGrants(HubDatabase database, IPrincipals principals, GrantMaking making, GrantProposals proposals, IAuditTrail audit) : IGrants
{
    private static GrantAnswer.Refused NotFound { get; } = new(404, "not_found", "There is no such grant.");

    public async Task<Page<Grant>> ListAsync(Principal principal, GrantFilter filter, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await PersonAsync(reader, principal, cancellationToken) is not { } present) return new Page<Grant>([], null);
        var rows = await GrantStore.ListAsync(reader, present.IsAdmin ? null : present.AccountId, filter, cancellationToken);
        return new Page<Grant>([.. rows.Take(filter.Limit).Select(r => r.Shown(present, reader.Now))], rows.Count > filter.Limit ? rows[filter.Limit - 1].Id : null);
    }

    public async Task<Grant?> FindAsync(Principal principal, string grantId, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await PersonAsync(reader, principal, cancellationToken) is not { } present) return null;
        return await GrantStore.FindAsync(reader, grantId, cancellationToken) is { } row && row.Concerns(present) ? row.Shown(present, reader.Now) : null;
    }

    public async Task<GrantOffer?> OfferAsync(Principal person, string approvalId, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await PersonAsync(reader, person, cancellationToken) is not { } present) return null;
        var row = await ApprovalStore.FindAsync(reader, approvalId, cancellationToken);
        if (row is not { Status: "consumed", IsAgents: false, Tainted: false, Decision: "confirm" } || row.DecidedBy != present.AccountId || !ApprovalViews.MaySee(present, row)) return null;
        if (await GrantStore.FromApprovalAsync(reader, row.Id, cancellationToken) is not null) return null;
        var plan = (await PlanStore.FindAsync(reader, row.PlanId!, cancellationToken))!.Plan;
        return await proposals.FindAsync(reader, row, plan, cancellationToken);
    }

    public Task<GrantAnswer> MakeAsync(Principal person, string approvalId, GrantRequest request, CancellationToken cancellationToken) =>
        making.MakeAsync(person, approvalId, request, cancellationToken);

    public async Task<GrantAnswer> RevokeAsync(Principal person, string grantId, CancellationToken cancellationToken)
    {
        if (person.IsToken) return new GrantAnswer.Refused(403, "token_cannot_approve", "An API token cannot revoke a grant. Use the browser.");
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (await PersonAsync(transaction, person, cancellationToken) is not { } present) return NotFound;
        if (await GrantStore.FindAsync(transaction, grantId, cancellationToken) is not { } row || !row.Concerns(present)) return NotFound;
        var end = new GrantEnd("person", ApprovalClosing.ActorOf(present), present.AccountId);
        if (await GrantEnding.EndAsync(transaction, audit, [row], end, cancellationToken) > 0)
        {
            row = (await GrantStore.FindAsync(transaction, grantId, cancellationToken))!;
            await transaction.CommitAsync(cancellationToken);
        }
        return new GrantAnswer.Done(row.Shown(present, transaction.Now));
    }

    // A token, and what acts by one, sees no grants.
    private async Task<Principal?> PersonAsync(IHubReader reader, Principal principal, CancellationToken cancellationToken) =>
        principal.IsToken || principal.AuthSessionId is null ? null : await principals.ReloadAsync(reader, principal, cancellationToken);
}
