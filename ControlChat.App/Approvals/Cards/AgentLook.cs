using ControlChat.App.Ui;
using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals.Cards;

/// <summary>How an agent's approval is told once it is not open any more: see <see cref="DecisionLook"/>.</summary>
internal static class AgentLook
{
    private const string Nothing = "Nothing was accepted.";

    public static DecisionLook Of(CardView view, ReaderClock clock)
    {
        var (approval, at) = (view.Approval, view.Approval.DecidedAt is { } time ? clock.Clock(time) : "");
        return view.Phase switch
        {
            CardPhase.Sent => new("clock", "accent", "Sending your answer", []),
            CardPhase.Applied => new("ok", "ok", $"Accepted by {view.Decider} at {at}", ["Once, for exactly this.", "The agent goes on."]),
            CardPhase.Declined => new("close", "off", $"{Word(approval)} by {view.Decider} at {at}", [.. Reason(approval), Hears(approval)]),
            CardPhase.Elsewhere => Elsewhere(view, at),
            CardPhase.Expired => new("clock", "off", $"Expired at {clock.Clock(approval.ExpiresAt)} without an answer", [$"Nobody declined it. {Nothing}", "The agent asks again by itself if it still needs it."]),
            CardPhase.Cancelled => new("close", "off", $"Withdrawn{(at.Length > 0 ? $" at {at}" : "")} before an answer", [.. Reason(approval), Nothing]),
            CardPhase.Later => new("clock", "off", $"Put off. It waits in Approvals until {clock.Clock(approval.ExpiresAt)}.", ["The agent waits with it."]),
            CardPhase.SecondPerson => new("people", "accent", "Somebody else must decide", [$"{approval.RequestedBy.Name}, or an admin of this hub."]),
            _ => new("shield", "", view.Title, []),
        };
    }

    private static DecisionLook Elsewhere(CardView view, string at)
    {
        var declined = view.Approval.Status == "declined";
        var did = declined ? Word(view.Approval).ToLowerInvariant() : "accepted";
        var who = view.DecidedByReader ? $"you {did} in another window" : $"{view.Decider} {did}";
        return new DecisionLook(declined ? "close" : "ok", "off", $"Decided elsewhere: {who}", declined ? [at, .. Reason(view.Approval), Hears(view.Approval)] : [at, "The agent goes on."]);
    }

    private static string Word(Approval approval) => approval.Answer == "cancel" ? "Turn cancelled" : "Declined";

    private static string Hears(Approval approval) => approval.Answer == "cancel" ? "The agent hears no, and its turn ends." : "The agent hears no and goes on.";

    private static IEnumerable<string> Reason(Approval approval) => approval.Reason is { Length: > 0 } reason ? [$"Reason: {reason}"] : [];
}
