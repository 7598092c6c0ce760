using System.Globalization;

namespace ControlChat.Core.Sessions.Terminals.Hosts;

/// <summary>What tmux tells of a program's terminal.</summary>
/// <param name="Process">That it started in it.</param>
/// <param name="Path">Of its end for programs.</param>
/// <param name="Code">How it ended; null: not yet, or not known.</param>
internal sealed record TmuxPane(int Process, string Path, TerminalSize Size, bool IsDead, int? Code, TmuxScreen Screen)
{
    public const string Format =
        "#{pane_pid} #{pane_tty} #{pane_width} #{pane_height} #{pane_dead} #{?pane_dead_status,#{pane_dead_status},-} #{?pane_dead_signal,#{pane_dead_signal},-} "
        + "#{history_size} #{cursor_x} #{cursor_y} #{cursor_flag} #{alternate_on} #{keypad_cursor_flag} #{keypad_flag} #{mouse_standard_flag} #{mouse_button_flag} #{mouse_all_flag} #{mouse_sgr_flag}";

    private static readonly string[] Sequences = ["[?1h", "=", "[?1000h", "[?1002h", "[?1003h", "[?1006h"];

    private const int Words = 18;
    private const int BySignal = 128;

    // 4711 /dev/pts/3 100 30 1 7 - 0 0 5 1 0 0 0 0 0 0 0
    public static TmuxPane? Read(string answer)
    {
        var words = answer.Split('\n')[0].Split(' ');
        if (words.Length != Words) return null;
        var flags = words[10..].Select(w => w == "1").ToArray();
        return new TmuxPane(Number(words[0]) ?? 0, words[1], new TerminalSize(Number(words[2]) ?? 0, Number(words[3]) ?? 0), words[4] == "1", Number(words[6]) is { } signal ? BySignal + signal : Number(words[5]), new TmuxScreen(
            Number(words[7]) ?? 0, Number(words[8]) ?? 0, Number(words[9]) ?? 0, flags[0], flags[1], [.. Modes(flags)]));
    }

    // What a program switched on, by the sequence that does it (DEC private modes, and DECKPAM).
    private static IEnumerable<string> Modes(bool[] flags) => Sequences.Where((_, i) => flags[i + 2]);

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <param name="History">Lines above what is seen.</param>
/// <param name="Modes">To be switched on, without the ESC before each.</param>
internal sealed record TmuxScreen(int History, int CursorColumn, int CursorRow, bool ShowsCursor, bool IsAlternate, IReadOnlyList<string> Modes)
{
    // Of all colours and many lines; a program could make it larger.
    private const int MostCharacters = 2 * 1024 * 1024;

    /// <summary>All that draws it on a screen of which nothing is known.</summary>
    /// <param name="lines">The history, then what is seen.</param>
    public string Drawn(IReadOnlyList<string> lines)
    {
        var history = Math.Min(History, lines.Count);
        var kept = history;
        for (var length = lines.Skip(history).Sum(l => l.Length); kept > 0 && length + lines[kept - 1].Length < MostCharacters; kept--) length += lines[kept - 1].Length;
        var above = string.Concat(lines.Take(history).Skip(kept).Select(l => l + "\r\n"));
        // A line's colours go on in the next one.
        return "\u001bc" + above + (IsAlternate ? "\u001b[?1049h\u001b[H" : "") + string.Join("\r\n", lines.Skip(history)) + "\u001b[m"
            + string.Create(CultureInfo.InvariantCulture, $"\u001b[{CursorRow + 1};{CursorColumn + 1}H") + string.Concat(Modes.Select(m => "\u001b" + m)) + (ShowsCursor ? "" : "\u001b[?25l");
    }
}
