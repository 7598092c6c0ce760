using ControlChat.App.Ui;

namespace ControlChat.App.Sessions.Screens;

/// <summary>What somebody who does not look at the terminal hears of it. The emulator's own screen-reader mode says what is printed.</summary>
internal sealed class TerminalVoice(Announcer announcer)
{
    private TerminalSight? _before;

    public void Hear(TerminalSight now)
    {
        var before = _before;
        _before = now;
        if (now.Wish is { } who && who != before?.Wish) announcer.Alert($"{VisibleText.Of(who)} asks for control of the terminal. It goes over in 10 s unless you object.");
        if (now.Fault is { } fault && fault != before?.Fault) announcer.Alert($"The terminal is not recorded now: {fault}");
        if (before is null) return;
        if (now.InControl != before.InControl) announcer.Say(now.InControl ? "You are in control of the terminal." : "You watch the terminal.");
    }
}
