namespace ControlChat.App.Sessions.Screens;

/// <summary>The key bar: what a phone's keyboard has not. Console/keys.js knows the same names.</summary>
internal static class TerminalKeys
{
    public static IReadOnlyList<(string Key, string Label, bool Sticky)> All { get; } =
    [
        ("Esc", "Esc", false), ("Tab", "Tab", false), ("Ctrl", "Ctrl, for the next key", true), ("Alt", "Alt, for the next key", true),
        ("Left", "Left", false), ("Up", "Up", false), ("Down", "Down", false), ("Right", "Right", false),
        ("|", "|", false), ("/", "/", false), ("-", "-", false), ("~", "~", false), ("^C", "Ctrl C, interrupt", false), ("^D", "Ctrl D, end of input", false),
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
