using System.Text.RegularExpressions;

namespace ControlChat.Core.Sessions.Terminals.Hosts;

/// <summary>
/// What a screen answers to a program's questions: who it is (DA), how it stands (DSR), where its cursor is (CPR), its modes and colours. tmux answers
/// these itself, so the answers of the screens behind it are not typed. A key with the form of an answer stays a key: Shift+F3 is ESC [1;2R.
/// Whoever types puts an answer into one piece; half a one is taken for keys.
/// </summary>
internal static partial class TerminalAnswers
{
    private const byte Escape = 0x1b;

    public static ReadOnlyMemory<byte> Without(ReadOnlyMemory<byte> input)
    {
        if (!input.Span.Contains(Escape)) return input;
        // A byte is a character here, whatever text they are.
        var text = System.Text.Encoding.Latin1.GetString(input.Span);
        var kept = Answer().Replace(text, "");
        return kept.Length == text.Length ? input : System.Text.Encoding.Latin1.GetBytes(kept);
    }

    /// <summary>How much of an input was typed when so many of its keys were.</summary>
    /// <param name="keys">It, <see cref="Without"/> answers.</param>
    public static int Place(ReadOnlyMemory<byte> input, ReadOnlyMemory<byte> keys, int taken)
    {
        if (taken == keys.Length) return input.Length;
        if (keys.Length == input.Length) return taken;
        var (place, left) = (0, taken);
        foreach (Match answer in Answer().Matches(System.Text.Encoding.Latin1.GetString(input.Span)))
        {
            if (left <= answer.Index - place) break;
            left -= answer.Index - place;
            place = answer.Index + answer.Length;
        }
        return place + left;
    }

    // DA: ESC [ ? > = … c · DSR: ESC [0n · CPR: ESC [12;40R and ESC [?12;40R · DECRPM: ESC [?1;2$y · kitty keys: ESC [?0u · window: ESC [8;30;100t · XTVERSION, DECRQSS: ESC P … ESC \ · colours: ESC ] 10;rgb:… ESC \ or BEL
    [GeneratedRegex(@"\x1b\[[?>=][0-9;]*c|\x1b\[\??[0-9;]*n|\x1b\[\?[0-9;]+R|\x1b\[(?!1;[2-9]R|1;1[0-6]R)[0-9]+;[0-9]+R|\x1b\[\??[0-9;]*\$y|\x1b\[\?[0-9]*u|\x1b\[[0-9]+(?:;[0-9]+){0,2}t|\x1bP[^\x1b]*\x1b\\|\x1b\](?:1[0-9]|4|52);[^\x1b\x07]*(?:\x1b\\|\x07)")]
    private static partial Regex Answer();
}
