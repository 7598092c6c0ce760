using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate.Grants;

/// <summary>Makes a grant of what a person has just said yes to. They, their sign-in, the plan and who asked are looked at in the transaction that makes it.</summary>
internal sealed class GrantMaking(HubDatabase database, RecentSignIn recent, IPrincipals principals, GrantProposals proposals, IAuditTrail audit)
{
    /// <summary>At once, of one principal.</summary>
    public const int MostActive = 50;

    private static readonly TimeSpan JustNow = TimeSpan.FromMinutes(15);

    public async Task<GrantAnswer> MakeAsync(Principal person, string approvalId, GrantRequest request, CancellationToken cancellationToken)
    {
        var answer = person.IsToken
            ? new GrantAnswer.Refused(403, "token_cannot_approve", "An API token cannot grant anything. Open the approval in the browser.")
            : await TryAsync(person, approvalId, request, cancellationToken);
        if (answer is GrantAnswer.Refused { Http: 403 } denied) await RecordAsync(person, approvalId, denied, cancellationToken);
        return answer;
    }

    private async Task<GrantAnswer> TryAsync(Principal person, string approvalId, GrantRequest request, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        Principal present;
        try
        {
            present = await recent.RequireAsync(transaction, person, cancellationToken);
        }
        catch (StaleSignInException stale)
        {
            return new GrantAnswer.Refused(401, "step_up_required", stale.Message);
        }
        catch (UnauthorizedAccessException ended)
        {
            return new GrantAnswer.Refused(401, "unauthenticated", ended.Message);
        }
        var row = await ApprovalStore.FindAsync(transaction, approvalId, cancellationToken);
        if (row is null || !ApprovalViews.MaySee(present, row)) return new GrantAnswer.Refused(404, "not_found", ApprovalClosing.NotFound.Message);
        if (WhyNot(present, row) is { } unfit) return unfit;
        var plan = (await PlanStore.FindAsync(transaction, row.PlanId!, cancellationToken))!.Plan;
        if (proposals.WhyNever(plan) is { } never) return Invalid($"This cannot be granted. {never}");
        if (GrantRules.Fault(request, plan.Arguments, transaction.Now) is { } fault) return Invalid(fault);
        if (await WhyTooLateAsync(transaction, row, plan, request, cancellationToken) is { } late) return late;
        if (await GrantStore.FromApprovalAsync(transaction, row.Id, cancellationToken) is not null)
            return Conflict("A grant was made from this approval already. Approve another plan to make one more.");
        if (await GrantStore.CountOpenAsync(transaction, row.PrincipalKey, cancellationToken) >= MostActive)
            return Conflict($"{MostActive} grants are active for {row.TokenName ?? row.AccountName} already. Revoke some first.");
        if (await principals.FindAsync(transaction, row.AccountId, row.TokenId, null, cancellationToken) is not { } grantee)
            return Conflict("The one who asked has no rights here any more.");
        return await InsertAsync(transaction, present, Row(present, grantee, row, plan, request, transaction.Now), plan, cancellationToken);
    }

    private static GrantAnswer.Refused? WhyNot(Principal person, ApprovalRow row)
    {
        if (row.IsAgents) return Invalid("What an agent asks for is answered each time. It cannot be granted.");
        if (row.Status != "consumed") return Conflict("Only a plan that was approved can be granted again.");
        if (row.DecidedBy != person.AccountId) return new GrantAnswer.Refused(403, "denied", "Somebody else approved this. Only who approved a plan can grant more of it.");
        if (row.Decision != "confirm") return Invalid("This needs more than a yes: a fresh sign-in or a second person. It cannot be granted.");
        if (row.Tainted) return Invalid("This cannot be granted. It was asked for after text from outside was read, so it is decided each time.");
        return row.Outcome is { } outcome && Json.Read<Outcome>(outcome).Status == "completed" ? null : Conflict("This was approved and not done. Only what was done can be granted again.");
    }

    // Later than that a person has forgotten what they saw; what they said yes to twice they may still grant, and no more.
    private async Task<GrantAnswer.Refused?> WhyTooLateAsync(IHubReader reader, ApprovalRow row, Plan plan, GrantRequest request, CancellationToken cancellationToken)
    {
        if (reader.Now - row.DecidedAt <= JustNow) return null;
        if (await proposals.FindAsync(reader, row, plan, cancellationToken) is not { } offer)
            return Conflict($"This was approved more than {JustNow.TotalMinutes:0} minutes ago. Approve another plan, then grant more of it.");
        return request.Constraints.All(c => offer.Constraints.Any(c.IsWithin)) ? null : Invalid("This names more than what you approved in the last 30 days. Leave out what you have not seen.");
    }

    private static GrantRow Row(Principal grantor, Principal grantee, ApprovalRow row, Plan plan, GrantRequest request, DateTimeOffset now) => new()
    {
        Id = Ids.New("grt"),
        Tool = plan.Tool,
        ToolHash = plan.ToolHash,
        Bounds = Json.Write(request.Constraints),
        PrincipalKey = row.PrincipalKey,
        AccountId = grantee.AccountId,
        AccountRole = grantee.Role,
        AccountName = grantee.Name,
        TokenId = row.TokenId,
        TokenName = row.TokenName,
        ConversationId = row.ConversationId,
        GrantorId = grantor.AccountId,
        GrantorRole = grantor.Role,
        GrantorName = grantor.Name,
        ApprovalId = row.Id,
        PlanId = plan.Id,
        Most = request.Count,
        CreatedAt = now,
        EndsAt = request.EndsAt,
    };

    private async Task<GrantAnswer> InsertAsync(IHubTransaction transaction, Principal grantor, GrantRow grant, Plan plan, CancellationToken cancellationToken)
    {
        var workspaces = await GrantStore.RolesAsync(transaction, grant, WorkspacesOf(grant, plan), cancellationToken);
        await GrantStore.InsertAsync(transaction, grant, workspaces, cancellationToken);
        await audit.AppendAsync(transaction, Created(grantor, grant, plan, workspaces), cancellationToken);
        transaction.Hint(Approvals.ChangedTopic, grant.Id);
        await transaction.CommitAsync(cancellationToken);
        return new GrantAnswer.Done(grant.Shown(grantor, grant.CreatedAt));
    }

    // With a prefix at least the one that the plan was for.
    private static IReadOnlyList<string> WorkspacesOf(GrantRow grant, Plan plan) =>
        [.. grant.Constraints.Where(c => c.Argument == "workspace_id").SelectMany(c => c.Is == GrantConstraint.Beginning ? [GrantIds.Of(plan.Arguments)[c.Argument]] : c.Values)];

    private static AuditEntry Created(Principal grantor, GrantRow grant, Plan plan, IReadOnlyList<GrantWorkspace> workspaces) =>
        new(AuditEvents.GrantCreated, "completed", ApprovalClosing.ActorOf(grantor))
        {
            Tool = grant.Tool,
            PlanId = plan.Id,
            PlanHash = plan.Hash,
            ApprovalId = grant.ApprovalId,
            ConversationId = grant.ConversationId,
            WorkspaceId = workspaces is [var only] ? only.WorkspaceId : null,
            Data = new JsonObject
            {
                ["grant_id"] = grant.Id,
                ["tool_hash"] = grant.ToolHash,
                ["account_id"] = grant.AccountId,
                ["account_role"] = grant.AccountRole,
                ["token_id"] = grant.TokenId,
                ["grantor_role"] = grant.GrantorRole,
                ["constraints"] = JsonSerializer.SerializeToNode(grant.Constraints, Json.Wire),
                ["workspace_roles"] = new JsonObject(workspaces.Select(w => KeyValuePair.Create(w.WorkspaceId, (JsonNode?)w.Role))),
                ["count"] = grant.Most,
                ["ends_at"] = Timestamps.Format(grant.EndsAt),
            },
        };

    private Task<long> RecordAsync(Principal person, string approvalId, GrantAnswer.Refused refused, CancellationToken cancellationToken) =>
        audit.AppendAsync(new AuditEntry("tool.denied", "denied", ApprovalClosing.ActorOf(person))
        {
            ApprovalId = approvalId.Length <= 64 && approvalId.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? approvalId : null,
            Data = new JsonObject { ["asked"] = "grant", ["error"] = refused.Message },
        }, cancellationToken);

    private static GrantAnswer.Refused Invalid(string message) => new(422, "invalid", message);

    private static GrantAnswer.Refused Conflict(string message) => new(409, "conflict", message);
}
