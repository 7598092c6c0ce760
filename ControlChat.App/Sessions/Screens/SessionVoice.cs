using ControlChat.App.Ui;
using ControlChat.Core.Sessions;

namespace ControlChat.App.Sessions.Screens;

/// <summary>Says what a reader who does not see a session's chat must know of.</summary>
internal sealed class SessionVoice(Announcer announcer)
{
    private string? _state;

    public void Hear(SessionView? view)
    {
        var before = _state;
        _state = view?.State;
        if (view is null || before is null || before == view.State) return;
        if (view.State == SessionState.WaitingForApproval) announcer.Alert(Texts.TheAgentWaitsForAnApproval);
        else if (view.State == SessionState.Ended) announcer.Alert(Texts.TheSessionEndedBecause.With(SessionWords.OfEnd(view.EndReason).Word));
        else if (view.State == SessionState.Idle) announcer.Say(Texts.TheAgentIsDoneAndWaits);
        else if (view.State == SessionState.Running) announcer.Say(Texts.TheAgentIsAtWorkSentence);
    }
}
