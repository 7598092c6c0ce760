using ControlChat.App.Approvals.Cards;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Policies;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;

namespace ControlChat.App.Approvals;

/// <summary>What stands beside a plan on its card: names for ids, freezes, undo, and who moved things. All as the reader may know it.</summary>
public sealed class CardFacts(HubDatabase database, WorkspaceStore workspaces, IFreezes freezes, IActionHistory history, IBatchProgress batches, CardRecord record)
{
    private const int MostNames = 100;

    /// <param name="more">Accounts beside those of the approval, such as who set a freeze.</param>
    public async Task<CardNames> NamesAsync(Principal reader, Approval approval, IEnumerable<string> more, CancellationToken cancellationToken)
    {
        var plan = approval.Plan;
        var resources = (plan?.Effects ?? []).Select(e => e.Resource).Concat((plan?.ReadSet ?? []).Select(r => r.Resource)).Distinct().Take(MostNames).ToList();
        if (approval.WorkspaceId is { } workspace) resources.Add($"workspace/{workspace}");
        var people = new Dictionary<string, string> { [approval.RequestedBy.AccountId] = approval.RequestedBy.Name, [reader.AccountId] = reader.Name };
        foreach (var account in more.Append(approval.DecidedBy).OfType<string>().Where(id => !people.ContainsKey(id)).Distinct().ToList())
            people[account] = await record.PersonAsync(account, cancellationToken);
        return new CardNames(await ResourcesAsync(reader, resources, cancellationToken), people) { RuleNote = await RuleNoteAsync(plan, cancellationToken) };
    }

    public async Task<CardNames> NamesAsync(Principal reader, Plan plan, CancellationToken cancellationToken) => new(
        await ResourcesAsync(reader, [.. plan.Effects.Select(e => e.Resource).Distinct().Take(MostNames)], cancellationToken),
        new Dictionary<string, string> { [reader.AccountId] = reader.Name });

    public async Task<IReadOnlyList<Freeze>> StoppingAsync(Principal reader, Approval approval, CancellationToken cancellationToken) =>
        [.. (await freezes.ListAsync(reader, cancellationToken)).Where(f => approval.Plan is { } plan ? f.Stops(plan, approval.RequestedBy.Via) : f.StopsAgent(approval.WorkspaceId))];

    /// <summary>A workspace's title where the reader may know it, else its id.</summary>
    public async Task<string> WorkspaceAsync(Principal reader, string workspaceId, CancellationToken cancellationToken) =>
        (await ResourcesAsync(reader, [$"workspace/{workspaceId}"], cancellationToken)).Values.FirstOrDefault() ?? workspaceId;

    /// <summary>How far an approved batch is; null when there is none.</summary>
    public Task<BatchProgress?> ProgressAsync(Principal reader, string approvalId, CancellationToken cancellationToken) => batches.FindAsync(reader, approvalId, cancellationToken);

    /// <summary>Whether an action can be taken back now, or when it was.</summary>
    public async Task<UndoLook> UndoAsync(Principal reader, string actionId, CancellationToken cancellationToken)
    {
        var offer = await history.OfferAsync(actionId, cancellationToken);
        if (offer.Available) return new UndoLook(true);
        return await record.UndoneAtAsync(reader, actionId, cancellationToken) is { } at ? new UndoLook(false, UndoneAt: at) : new UndoLook(false, Words: offer.WhyNot ?? Texts.CannotBeUndone);
    }

    /// <summary>The last change of each resource since a plan was made, where the reader may see its row.</summary>
    public Task<IReadOnlyList<Mover>> MoversAsync(Principal reader, Plan plan, IEnumerable<string> resources, CancellationToken cancellationToken) =>
        record.MoversAsync(reader, plan.CreatedAt, resources, cancellationToken);

    private async Task<string?> RuleNoteAsync(Plan? plan, CancellationToken cancellationToken)
    {
        if (plan is null || PolicyReason.Of(plan) is not { Kind: "rule" } reason) return null;
        await using var session = await database.ReadAsync(cancellationToken);
        return await reason.RuleAsync(session, cancellationToken) is { Note.Length: > 0 } rule ? rule.Note : null;
    }

    private async Task<IReadOnlyDictionary<string, string>> ResourcesAsync(Principal reader, IReadOnlyList<string> resources, CancellationToken cancellationToken)
    {
        var names = new Dictionary<string, string>();
        await using var session = await database.ReadAsync(cancellationToken);
        foreach (var resource in resources)
        {
            var slash = resource.IndexOf('/', StringComparison.Ordinal);
            var (kind, id) = (resource[..slash], resource[(slash + 1)..]);
            if (kind is not ("workspace" or "pin" or "host" or "sync" or "member") || (await workspaces.FindAsync(session, reader.AccountId, id.Split(':')[0], cancellationToken))?.Title is not { } title) continue;
            names[resource] = kind switch
            {
                "workspace" => title,
                "member" => $"{title}, {await record.PersonAsync(id.Split(':')[^1], cancellationToken)}",
                _ => $"{title}, {kind}",
            };
        }
        return names;
    }
}
