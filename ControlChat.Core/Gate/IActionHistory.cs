using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>What was done, seen by the one who did it (or an admin), for taking it back.</summary>
public interface IActionHistory
{
    /// <summary>Null when there is no such action, or it is somebody else's.</summary>
    Task<PastAction?> FindAsync(PlanningContext context, string actionId, CancellationToken cancellationToken);

    /// <summary>The call that leads back; null when there is none.</summary>
    Task<Compensation?> WayBackAsync(IHubReader reader, string actionId, CancellationToken cancellationToken);

    /// <summary>Whether undo can be asked for now, for a receipt that is shown again.</summary>
    Task<UndoOffer> OfferAsync(string actionId, CancellationToken cancellationToken);
}

/// <param name="Moved">The resources that changed since, for people.</param>
public sealed record PastAction(string Id, string Summary, Compensation? Compensation, bool Undone, IReadOnlyList<string> Moved);
