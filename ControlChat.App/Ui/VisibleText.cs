using System.Globalization;
using System.Text;

namespace ControlChat.App.Ui;

/// <param name="Unseen">True for a mark such as "⟨U+202E⟩" that stands for a character nobody would see.</param>
public readonly record struct TextPart(string Text, bool Unseen);

/// <summary>
/// Makes characters visible that hide, move or imitate others: controls, bidi controls, zero-width and other format characters,
/// tag characters, fillers, private use and lone surrogates. What a person approves must look like what it is.
/// </summary>
public static class VisibleText
{
    /// <summary>Characters that draw nothing though Unicode does not call them format characters.</summary>
    private static readonly HashSet<int> Fillers = [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0];

    /// <param name="keepLines">Leaves tabs and line ends alone, for text of more than one line.</param>
    public static IReadOnlyList<TextPart> Split(string text, bool keepLines = false)
    {
        var parts = new List<TextPart>();
        var from = 0;
        var before = 0;
        for (var at = 0; at < text.Length;)
        {
            var whole = Rune.TryGetRuneAt(text, at, out var rune);
            var length = whole ? rune.Utf16SequenceLength : 1;
            var value = whole ? rune.Value : text[at];
            if (!whole || (IsUnseen(rune, keepLines) && !JoinsEmoji(rune, before, text, at + length)))
            {
                if (at > from)
                    parts.Add(new TextPart(text[from..at], false));
                parts.Add(new TextPart(Mark(value), true));
                from = at + length;
            }
            before = value;
            at += length;
        }
        if (from < text.Length)
            parts.Add(new TextPart(text[from..], false));
        return parts;
    }

    /// <summary>The same as one string, for attributes and for screen readers.</summary>
    public static string Of(string text, bool keepLines = false) => string.Concat(Split(text, keepLines).Select(part => part.Text));

    public static bool IsPlain(string text, bool keepLines = false) => Split(text, keepLines).All(part => !part.Unseen);

    private static string Mark(int value) => string.Create(CultureInfo.InvariantCulture, $"⟨U+{value:X4}⟩");

    private static bool IsUnseen(Rune rune, bool keepLines) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control => !keepLines || rune.Value is not ('\t' or '\n' or '\r'),
        UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate => true,
        // spaces that are not the space: no-break and ideographic ones belong to ordinary writing
        UnicodeCategory.SpaceSeparator => rune.Value is not (' ' or 0x00A0 or 0x202F or 0x3000),
        _ => Fillers.Contains(rune.Value) || IsVariationSelector(rune.Value),
    };

    private static bool IsVariationSelector(int value) => value is (>= 0xFE00 and <= 0xFE0F) or (>= 0x180B and <= 0x180F) or (>= 0xE0100 and <= 0xE01EF);

    /// <summary>A joiner between two pictures, or the selector that asks for the picture, is part of an emoji and hides nothing.</summary>
    private static bool JoinsEmoji(Rune rune, int before, string text, int next) => rune.Value switch
    {
        0x200D => (IsPicture(before) || before == 0xFE0F) && Rune.TryGetRuneAt(text, Math.Min(next, text.Length - 1), out var after) && next < text.Length && IsPicture(after.Value),
        0xFE0F => IsPicture(before),
        _ => false,
    };

    private static bool IsPicture(int value) => value is (>= 0x1F000 and <= 0x1FAFF) or (>= 0x2190 and <= 0x2BFF);
}
