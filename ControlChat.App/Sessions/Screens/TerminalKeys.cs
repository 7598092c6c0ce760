namespace ControlChat.App.Sessions.Screens;

/// <summary>The key bar: what a phone's keyboard has not. Console/keys.js knows the same names.</summary>
internal static class TerminalKeys
{
    public static IReadOnlyList<(string Key, string Label, bool Sticky)> All =>
    [
        ("Esc", "Esc", false), ("Tab", "Tab", false), ("Ctrl", Texts.CtrlForTheNextKey, true), ("Alt", Texts.AltForTheNextKey, true),
        ("Left", Texts.KeyLeft, false), ("Up", Texts.KeyUp, false), ("Down", Texts.KeyDown, false), ("Right", Texts.KeyRight, false),
        ("|", "|", false), ("/", "/", false), ("-", "-", false), ("~", "~", false), ("^C", Texts.CtrlCInterrupt, false), ("^D", Texts.CtrlDEndOfInput, false),
    ];

    public static string Face(string key) => key switch
    {
        "Left" => "←",
        "Up" => "↑",
        "Down" => "↓",
        "Right" => "→",
        _ => key,
    };
}
