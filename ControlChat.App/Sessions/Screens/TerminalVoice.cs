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
        if (now.Wish is { } who && who != before?.Wish) announcer.Alert(Texts.AsksForControl.With(VisibleText.Of(who)));
        if (before is null) return;
        if (now.InControl != before.InControl) announcer.Say(now.InControl ? Texts.YouAreInControlOfThe : Texts.YouWatchTheTerminal);
    }
}
