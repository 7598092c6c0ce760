using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <inheritdoc cref="IFreezes"/>
internal sealed class Freezes(HubDatabase database, IPrincipals principals, IToolCatalog catalog, IEnumerable<IFurtherTools> further, IAuditTrail audit) : IFreezes
{
    private const int ReasonMost = 500;

    public async Task<IReadOnlyList<Freeze>> ListAsync(Principal principal, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await principals.ReloadAsync(reader, principal, cancellationToken) is not { } present) return [];
        var shown = new List<Freeze>();
        foreach (var freeze in await FreezeStore.ActiveAsync(reader, cancellationToken))
        {
            if (present.IsAdmin || freeze.Scope != "workspace" || await RoleAsync(reader, freeze.Target, present.AccountId, cancellationToken) is not null) shown.Add(freeze.Shown);
        }
        return shown;
    }

    public async Task<Freeze> SetAsync(Principal principal, string scope, string? target, string reason, CancellationToken cancellationToken)
    {
        CheckForm(scope, target, reason);
        await using var transaction = await database.BeginAsync(cancellationToken);
        await CheckRightAsync(transaction, principal, scope, target, cancellationToken);
        if (scope == "workspace" && !await IsThereAsync(transaction, target, cancellationToken)) throw ToolRefusedException.Invalid("There is no workspace of that id.");
        var freeze = new FreezeRow { Id = Ids.New("frz"), Scope = scope, Target = target, Reason = reason.Trim(), SetBy = principal.AccountId, SetAt = transaction.Now };
        await FreezeStore.InsertAsync(transaction, freeze, cancellationToken);
        await RecordAsync(transaction, principal, "freeze.set", freeze, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return freeze.Shown;
    }

    public async Task<bool> LiftAsync(Principal principal, string freezeId, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        if ((await FreezeStore.ActiveAsync(transaction, cancellationToken)).FirstOrDefault(f => f.Id == freezeId) is not { } freeze) return false;
        await CheckRightAsync(transaction, principal, freeze.Scope, freeze.Target, cancellationToken);
        if (!await FreezeStore.LiftAsync(transaction, freezeId, principal.AccountId, cancellationToken)) return false;
        await RecordAsync(transaction, principal, "freeze.lifted", freeze, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private void CheckForm(string scope, string? target, string reason)
    {
        if (scope is not ("hub" or "tool" or "workspace" or "agent")) throw ToolRefusedException.Invalid("'scope' must be one of hub, tool, workspace, agent.");
        if (scope == "hub" != (target is null)) throw ToolRefusedException.Invalid(scope == "hub" ? "A freeze of the hub takes no target." : $"Name the {scope} as 'target'.");
        if (scope == "agent" && !CallOrigin.Agents.Contains(target!)) throw ToolRefusedException.Invalid($"There is no agent of that name. There are {string.Join(", ", CallOrigin.Agents)}.");
        if (scope == "tool" && catalog.Find(target!) is null && !further.Any(f => f.Has(target!))) throw ToolRefusedException.Invalid("There is no tool of that name.");
        if (target is { Length: > 200 }) throw new ToolRefusedException("invalid", "too_long", "'target' is too long.");
        if (string.IsNullOrWhiteSpace(reason)) throw ToolRefusedException.Invalid("'reason' is missing: those who are stopped will read it.");
        if (reason.EnumerateRunes().Count() > ReasonMost) throw new ToolRefusedException("invalid", "too_long", $"'reason' has more than {ReasonMost} characters.");
    }

    private async Task CheckRightAsync(IHubReader reader, Principal principal, string scope, string? target, CancellationToken cancellationToken)
    {
        var present = await principals.ReloadAsync(reader, principal, cancellationToken);
        if (present is null || principal.IsToken) throw ToolRefusedException.Denied("Only a signed-in person sets or lifts a freeze.");
        if (present.IsAdmin) return;
        var owner = scope == "workspace" && await RoleAsync(reader, target, present.AccountId, cancellationToken) == "owner";
        if (!owner) throw ToolRefusedException.Denied("Only an admin, or the owner of the workspace, sets or lifts this freeze.");
    }

    // The lite hub's one workspace has no row.
    private static async Task<bool> IsThereAsync(IHubReader reader, string? workspace, CancellationToken cancellationToken) =>
        workspace == "local" || await reader.FindAsync<long>("select count(*) from workspaces where id = @workspace", new { workspace }, cancellationToken) > 0;

    private static Task<string?> RoleAsync(IHubReader reader, string? workspace, string account, CancellationToken cancellationToken) =>
        reader.FindAsync<string>("select role from workspace_members where workspace_id = @workspace and account_id = @account", new { workspace, account }, cancellationToken);

    private Task<long> RecordAsync(IHubTransaction transaction, Principal principal, string auditEvent, FreezeRow freeze, CancellationToken cancellationToken) =>
        audit.AppendAsync(transaction, new AuditEntry(auditEvent, "completed", ApprovalClosing.ActorOf(principal))
        {
            WorkspaceId = freeze.Scope == "workspace" ? freeze.Target : null,
            Data = new JsonObject { ["freeze_id"] = freeze.Id, ["scope"] = freeze.Scope, ["target"] = freeze.Target, ["reason"] = freeze.Reason },
        }, cancellationToken);
}
