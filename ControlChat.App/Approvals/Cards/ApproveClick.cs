namespace ControlChat.App.Approvals.Cards;

/// <summary>What a click on Approve says; whether it counts is decided by who holds the confirm token.</summary>
/// <param name="Veto">Steps left out by hand, from 0.</param>
/// <param name="Typed">Where the plan asks for it.</param>
public sealed record ApproveClick(IReadOnlyList<int> Veto, string? Typed);
