using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;

namespace ControlChat.Core.Gate.Trail;

/// <summary>Whether the changes of one page can be undone now, and what stands in the way. Each action and each thing is looked up once.</summary>
internal sealed class TrailUndos(TrailView view, AuditEffects effects, ActionHistory actions, AccountStore accounts)
{
    private const int MostMoves = 3;
    private readonly Dictionary<string, TrailUndo> _known = [];
    private readonly Dictionary<string, TrailMove?> _last = [];

    /// <param name="own">The viewer may see the row itself.</param>
    public async Task<TrailUndo> OfAsync(AuditRow row, bool own, CancellationToken cancellationToken)
    {
        if (row is not { ActionId: { } action, Actor.Account: not null }) return No("The hub did this by itself.");
        if (!own) return No("Only who did this, or an admin, can undo it.");
        if (!view.Sees) return No("You may not see the thing itself, so you cannot change it.");
        if (_known.TryGetValue(action, out var known)) return known;
        var (offer, moved) = await actions.OfferAsync(view.Reader, action, cancellationToken);
        return _known[action] = new TrailUndo(offer.Available, offer.WhyNot ?? (offer.Available ? null : "This cannot be undone."), await MovesAsync(moved, row.Seq, cancellationToken));
    }

    // Of what else a batch changed, only who sees every row hears.
    private async Task<IReadOnlyList<TrailMove>> MovesAsync(IReadOnlyList<string> moved, long since, CancellationToken cancellationToken)
    {
        var moves = new List<TrailMove>();
        foreach (var resource in moved.Where(r => r == effects.Resource || view.Person.IsAdmin).Take(MostMoves))
        {
            if (!_last.TryGetValue(resource, out var last)) _last[resource] = last = await LastAsync(resource, cancellationToken);
            if (last?.Seq > since) moves.Add(last);
        }
        return moves;
    }

    private async Task<TrailMove?> LastAsync(string resource, CancellationToken cancellationToken)
    {
        var of = resource == effects.Resource ? effects : await AuditEffects.OpenAsync(view.Reader, resource, cancellationToken);
        if (await of.SeqsAsync(await of.FieldsAsync(cancellationToken), long.MaxValue, 1, cancellationToken) is not [var seq]) return null;
        var row = AuditRow.Of((await of.RowsAsync([seq], cancellationToken))[seq]);
        var field = RecordedEffect.Of(row).FirstOrDefault(e => e.Resource == resource)?.Field;
        var by = row.Actor.Account is { } account ? new TrailPerson(account, (await accounts.NamesAsync(view.Reader, [account], cancellationToken)).GetValueOrDefault(account, account)) : null;
        return new TrailMove(resource, field, seq, row.At, by);
    }

    private static TrailUndo No(string why) => new(false, why, []);
}
