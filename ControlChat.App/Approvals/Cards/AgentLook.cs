using ControlChat.App.Ui;
using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals.Cards;

/// <summary>How an agent's approval is told once it is not open any more: see <see cref="DecisionLook"/>.</summary>
internal static class AgentLook
{
    private static string Nothing => Texts.NothingAccepted;

    public static DecisionLook Of(CardView view, ReaderClock clock)
    {
        var (approval, at) = (view.Approval, view.Approval.DecidedAt is { } time ? clock.Clock(time) : "");
        return view.Phase switch
        {
            CardPhase.Sent => new("clock", "accent", Texts.SendingAnswer, []),
            CardPhase.Applied => new("ok", "ok", Texts.AcceptedByAt.With(view.Decider, at), [Texts.OnceForExactlyThis, Texts.AgentGoesOn]),
            CardPhase.Declined => new("close", "off", Texts.WordByAt.With(Word(approval), view.Decider, at), [.. Reason(approval), Hears(approval)]),
            CardPhase.Elsewhere => Elsewhere(view, at),
            CardPhase.Expired => new("clock", "off", Texts.ExpiredWithoutAnswer.With(clock.Clock(approval.ExpiresAt)), [Texts.NobodyDeclined.With(Nothing), Texts.AgentAsksAgain]),
            CardPhase.Cancelled => new("close", "off", Texts.WithdrawnBeforeAnswer.With(at.Length > 0 ? Texts.AtTime.With(at) : ""), [.. Reason(approval), Nothing]),
            CardPhase.Later => new("clock", "off", Texts.PutOffUntil.With(clock.Clock(approval.ExpiresAt)), [Texts.AgentWaits]),
            CardPhase.SecondPerson => new("people", "accent", Texts.SomebodyElseDecides, [Texts.PersonOrAdmin.With(approval.RequestedBy.Name)]),
            _ => new("shield", "", view.Title, []),
        };
    }

    private static DecisionLook Elsewhere(CardView view, string at)
    {
        var declined = view.Approval.Status == "declined";
        var did = declined ? Word(view.Approval).ToLowerInvariant() : Texts.WordAccepted;
        var who = view.DecidedByReader ? Texts.YouElsewhere.With(did) : $"{view.Decider} {did}";
        return new DecisionLook(declined ? "close" : "ok", "off", Texts.DecidedElsewhere.With(who), declined ? [at, .. Reason(view.Approval), Hears(view.Approval)] : [at, Texts.AgentGoesOn]);
    }

    private static string Word(Approval approval) => approval.Answer == "cancel" ? Texts.TurnCancelled : Texts.Declined;

    private static string Hears(Approval approval) => approval.Answer == "cancel" ? Texts.AgentTurnEnds : Texts.AgentHearsNo;

    private static IEnumerable<string> Reason(Approval approval) => approval.Reason is { Length: > 0 } reason ? [Texts.Reason.With(reason)] : [];
}
