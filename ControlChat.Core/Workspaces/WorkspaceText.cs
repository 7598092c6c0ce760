using System.Globalization;
using System.Text;

namespace ControlChat.Core.Workspaces;

/// <summary>What is wrong with a title or a tag.</summary>
/// <param name="Code"><c>invalid</c> or <c>too_long</c>.</param>
public sealed record TextProblem(string Code, string Message);

/// <summary>The rules of titles and tags: one form for storing, one for comparing.</summary>
public static class WorkspaceText
{
    public const int TagChars = 40;
    public const int TagsPerWorkspace = 20;

    /// <summary>The form a title is compared and searched in: NFC, one case for every script that has two.</summary>
    public static string Key(string text) => text.Normalize(NormalizationForm.FormC).ToUpperInvariant().ToLowerInvariant();

    /// <summary>Trims and normalises a title.</summary>
    /// <param name="maxChars"><c>Limits:TitleChars</c>, in code points.</param>
    public static TextProblem? CleanTitle(string text, int maxChars, out string title)
    {
        title = "";
        if (Broken("title", text) is { } broken) return broken;
        title = text.Normalize(NormalizationForm.FormC).Trim();
        if (!HasInk(title)) return new TextProblem("invalid", "The title is empty. Give it at least one visible character.");
        var length = Length(title);
        return length <= maxChars ? null : new TextProblem("too_long", $"The title has {length} characters; at most {maxChars} are allowed.");
    }

    /// <summary>Trims, normalises and lower-cases a tag; a leading # is not part of it.</summary>
    public static TextProblem? CleanTag(string text, out string tag)
    {
        tag = "";
        if (Broken("tag", text) is { } broken) return broken;
        tag = string.Join(' ', Key(text).TrimStart('#', ' ').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (!HasInk(tag)) return new TextProblem("invalid", "A tag is empty. Give it at least one visible character.");
        var length = Length(tag);
        return length <= TagChars ? null : new TextProblem("too_long", $"A tag has {length} characters; at most {TagChars} are allowed.");
    }

    /// <summary>Code points, as every limit counts.</summary>
    public static int Length(string text) => text.EnumerateRunes().Count();

    // Control characters and halves of characters have no place in a name; bidi and zero-width ones do (Arabic, Persian, emoji), and are shown as marks.
    private static TextProblem? Broken(string what, string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]))
                return new TextProblem("invalid", $"The {what} holds a control character (U+{(int)text[i]:X4}). Leave it out.");
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
                return new TextProblem("invalid", $"The {what} holds half a character (a lone surrogate). Leave it out.");
            i++;
        }
        return null;
    }

    private static bool HasInk(string text) => text.EnumerateRunes().Any(r => Rune.GetUnicodeCategory(r) is not
        (UnicodeCategory.Format or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark));
}
