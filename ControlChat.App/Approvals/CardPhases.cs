using ControlChat.App.Approvals.Cards;
using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals;

/// <summary>What one card knows beside the stored approval.</summary>
internal sealed record CardMemory
{
    /// <summary>It stood open here, undecided.</summary>
    public bool SeenPending { get; init; }

    /// <summary>The decision was made on this very card.</summary>
    public bool DecidedHere { get; init; }

    public bool Sent { get; init; }

    public bool PutOff { get; init; }

    public BatchProgress? Progress { get; init; }

    public IReadOnlyList<Freeze> Freezes { get; init; } = [];
}

internal static class CardPhases
{
    public static CardPhase Of(Approval approval, CardMemory memory, DateTimeOffset now) => approval.Status switch
    {
        "pending" => Waiting(approval, memory, now),
        "expired" => new CardPhase.Expired(),
        "cancelled" => new CardPhase.Cancelled(),
        "superseded" => Superseded(approval),
        "declined" => Elsewhere(memory) ? new CardPhase.Elsewhere() : new CardPhase.Declined(),
        _ => Elsewhere(memory) ? new CardPhase.Elsewhere() : Consumed(approval, memory),
    };

    private static bool Elsewhere(CardMemory memory) => memory is { SeenPending: true, DecidedHere: false };

    private static CardPhase Waiting(Approval approval, CardMemory memory, DateTimeOffset now)
    {
        if (memory.Sent) return new CardPhase.Sent();
        if (approval.ExpiresAt <= now) return new CardPhase.Expired();
        if (memory.PutOff) return new CardPhase.Later();
        if (!approval.MayDecide) return new CardPhase.SecondPerson();
        return memory.Freezes.Count > 0 ? new CardPhase.Frozen(memory.Freezes) : new CardPhase.Pending();
    }

    private static CardPhase Consumed(Approval approval, CardMemory memory) => approval.Outcome switch
    {
        null => new CardPhase.Applying(memory.Progress is { } at ? Math.Min(at.Done + 1, at.Of) : 1, memory.Progress?.Of ?? 1),
        { Status: "completed" } done => new CardPhase.Applied(done),
        { Status: "partial" } stopped => new CardPhase.Stopped(stopped),
        { } failed => new CardPhase.Failed(failed),
    };

    private static CardPhase.Superseded Superseded(Approval approval) =>
        new(approval.Outcome?.Difference ?? [], approval.Outcome?.Plan, approval.SupersededBy, approval.Outcome?.Error?.Message ?? Texts.PlanOutOfDate);
}
