using System.Text.Json.Nodes;
using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals.Cards;

/// <summary>What a card shows of an approval. Later, declined, expired and decided elsewhere are four things with four words.</summary>
public abstract record CardPhase
{
    private CardPhase()
    {
    }

    public sealed record Pending : CardPhase;

    /// <summary>The click is on its way: the gate looks whether anything has moved.</summary>
    public sealed record Sent : CardPhase;

    /// <summary>Consumed, and at work.</summary>
    /// <param name="Step">From 1.</param>
    /// <param name="Of">Steps; 1 for a plan without steps.</param>
    public sealed record Applying(int Step, int Of) : CardPhase;

    public sealed record Applied(Outcome Outcome) : CardPhase;

    /// <summary>A batch that one of its steps ended.</summary>
    public sealed record Stopped(Outcome Outcome) : CardPhase;

    /// <summary>Approved, and then the action itself was refused or broke. Nothing was changed.</summary>
    public sealed record Failed(Outcome Outcome) : CardPhase;

    /// <summary>The reader asked for it, so somebody else must approve.</summary>
    public sealed record SecondPerson : CardPhase;

    public sealed record Declined : CardPhase;

    public sealed record Expired : CardPhase;

    /// <summary>Decided in another place while this card was looked at.</summary>
    public sealed record Elsewhere : CardPhase;

    /// <param name="Freezes">Those that stop this plan; never empty.</param>
    public sealed record Frozen(IReadOnlyList<Freeze> Freezes) : CardPhase;

    public sealed record Later : CardPhase;

    public sealed record Cancelled : CardPhase;

    /// <param name="Difference">Between the plan asked for and <paramref name="Fresh"/>; contracts, section 4.</param>
    /// <param name="Fresh">Null when it cannot be planned any more.</param>
    public sealed record Superseded(JsonArray Difference, Plan? Fresh, string? FreshId, string Words) : CardPhase;
}
