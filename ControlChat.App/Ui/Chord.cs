using Microsoft.AspNetCore.Components.Web;

namespace ControlChat.App.Ui;

/// <summary>Keys held together, as they are written for people: what <c>chord</c> of js/ui.js is in the browser.</summary>
public static class Chord
{
    /// <param name="pressed">What the browser says.</param>
    /// <param name="scope">Where the key acts: for the list of shortcuts, to which a test holds every caller.</param>
    /// <param name="keys">"Ctrl Enter", "↓".</param>
    public static bool Is(KeyboardEventArgs pressed, string scope, string keys)
    {
        ArgumentException.ThrowIfNullOrEmpty(scope);
        var parts = keys.Split(' ');
        return string.Equals(NameOf(parts[^1]), pressed.Key, StringComparison.OrdinalIgnoreCase)
            && parts.Contains("Ctrl") == (pressed.CtrlKey || pressed.MetaKey)
            && parts.Contains("Alt") == pressed.AltKey
            && parts.Contains("Shift") == pressed.ShiftKey;
    }

    private static string NameOf(string key) => key switch
    {
        "Esc" => "Escape",
        "↑" => "ArrowUp",
        "↓" => "ArrowDown",
        _ => key,
    };
}
