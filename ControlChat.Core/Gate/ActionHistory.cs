using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <inheritdoc cref="IActionHistory"/>
internal sealed class ActionHistory(HubDatabase database, Staleness staleness) : IActionHistory
{
    public async Task<PastAction?> FindAsync(PlanningContext context, string actionId, CancellationToken cancellationToken)
    {
        var action = await ActionStore.FindAsync(context.Reader, actionId, cancellationToken);
        if (action is null || (action.AccountId != context.Principal.AccountId && !context.Principal.IsAdmin)) return null;
        return new PastAction(action.Id, action.Summary, WayBack(action), action.UndoneBy is not null, await MovedAsync(context.Reader, action, cancellationToken));
    }

    public async Task<Compensation?> WayBackAsync(IHubReader reader, string actionId, CancellationToken cancellationToken) =>
        await ActionStore.FindAsync(reader, actionId, cancellationToken) is { } action ? WayBack(action) : null;

    public async Task<UndoOffer> OfferAsync(string actionId, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return (await OfferAsync(reader, actionId, cancellationToken)).Offer;
    }

    /// <summary>The same in a view that is open already, with the resources that changed since.</summary>
    internal async Task<(UndoOffer Offer, IReadOnlyList<string> Moved)> OfferAsync(IHubReader reader, string actionId, CancellationToken cancellationToken)
    {
        if (await ActionStore.FindAsync(reader, actionId, cancellationToken) is not { } action) return (UndoOffer.None, []);
        if (action.UndoneBy is not null) return (new UndoOffer(false, null, "Undone already."), []);
        if (action.Compensation is null) return (new UndoOffer(false, null, "This cannot be undone."), []);
        var moved = await MovedAsync(reader, action, cancellationToken);
        return (moved.Count == 0 ? new UndoOffer(true, null, null) : new UndoOffer(false, null, $"Changed since: {string.Join(", ", moved)}."), moved);
    }

    private async Task<IReadOnlyList<string>> MovedAsync(IHubReader reader, ActionRow action, CancellationToken cancellationToken)
    {
        var moved = new List<string>();
        foreach (var (resource, version) in ActionStore.Versions(action))
        {
            if (await staleness.VersionAsync(reader, resource, cancellationToken) != version) moved.Add(resource);
        }
        return moved;
    }

    private static Compensation? WayBack(ActionRow action) => action.Compensation is null ? null : Json.Read<Compensation>(action.Compensation);
}
