using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals.Cards;

/// <summary>Everything a card shows, and nothing a browser must not have: no confirm token is ever in here.</summary>
/// <param name="Approval">As the reader may see it.</param>
/// <param name="ReaderId">The account that looks.</param>
public sealed record CardView(Approval Approval, CardPhase Phase, CardNames Names, string ReaderId)
{
    /// <summary>What an agent asks for; null for a plan.</summary>
    public AgentSubject? Subject { get; } = AgentSubject.Of(Approval.Kind, Approval.Subject);

    /// <summary>What is decided, in one line.</summary>
    public string Title => Approval.Plan?.Summary ?? AgentWords.Title(Subject, Names.Resource($"workspace/{Approval.WorkspaceId}"));

    /// <summary>The card stood open when this phase came, so its body stays where it is and only its foot changes.</summary>
    public bool InPlace { get; init; }

    /// <summary>Why the last click changed nothing; a sentence for the reader.</summary>
    public string? Trouble { get; init; }

    /// <summary>The last click needs a fresh sign-in; the card leads there and back.</summary>
    public bool SignInAgain { get; init; }

    /// <summary>The fresh approval that took this one's place.</summary>
    public string? FreshId { get; init; }

    public UndoLook Undo { get; init; } = UndoLook.None;

    /// <summary>Who moved what a stale plan was made from.</summary>
    public IReadOnlyList<Mover> Movers { get; init; } = [];

    public bool DecidedByReader => Approval.DecidedBy == ReaderId;

    /// <summary>Whoever decided, by name; "the hub" when nobody did.</summary>
    public string Decider => DecidedByReader ? Texts.You : Approval.DecidedBy is { } id ? Names.Person(id) : Texts.TheHub;
}

/// <param name="Offered">The button is there.</param>
/// <param name="Busy">It was pressed.</param>
/// <param name="UndoneAt">When it was taken back.</param>
/// <param name="Words">Why there is no button, or why undoing was refused.</param>
/// <param name="PlanId">The approval of the plan of the way back, when that asks.</param>
public sealed record UndoLook(bool Offered, bool Busy = false, DateTimeOffset? UndoneAt = null, string? Words = null, string? PlanId = null)
{
    public static UndoLook None { get; } = new(false);
}

/// <summary>Who changed a resource last.</summary>
/// <param name="Resource"><c>kind/id</c>.</param>
/// <param name="Who">Its name.</param>
/// <param name="Seq">The row of the record.</param>
public sealed record Mover(string Resource, string Who, DateTimeOffset At, long Seq)
{
    /// <summary>What that change did, from its row; empty when the row does not say.</summary>
    public IReadOnlyList<Effect> Changes { get; init; } = [];
}
