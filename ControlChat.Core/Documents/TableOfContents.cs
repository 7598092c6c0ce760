using System.Globalization;
using System.Text;

namespace ControlChat.Core.Documents;

/// <summary>A list of links to the headings of a document, kept between two marks; making it again changes nothing.</summary>
internal static class TableOfContents
{
    private const string Opening = "toc";
    private const string Closing = "/toc";

    public static EditStep Make(SectionedDocument document, DocumentEdit.GenerateToc edit)
    {
        if (edit.MinLevel is < 1 or > 6 || edit.MaxLevel < edit.MinLevel || edit.MaxLevel > 6) return EditStep.Refuse("Levels are 1 to 6, the smallest first.");
        var marks = document.Scanned.Comments.Select(c => (c.Start, c.End, Name: NameOf(document.Bytes.AsSpan(c.Start, c.End - c.Start)))).Where(m => m.Name is Opening or Closing).ToList();
        if (marks is not [{ Name: Opening } opening, { Name: Closing } closing])
            return EditStep.Refuse("Put a line <!-- toc --> and below it a line <!-- /toc --> where the table of contents should stand, each once and outside of lists, quotes and code.");
        if (document.Headings.FirstOrDefault(h => h.Start > opening.Start && h.Start < closing.Start) is { } within)
            return EditStep.Refuse($"The heading '{within.Title}' stands between <!-- toc --> and <!-- /toc -->, where everything is written anew. Move it away first.");
        var listed = document.Headings.Where(h => h.Start > closing.Start && h.Level >= edit.MinLevel && h.Level <= edit.MaxLevel).ToList();
        var changed = SectionedDocument.Read(Splice.Put(document.Bytes, opening.End, closing.Start, Write(document, listed)))!;
        var before = document.Headings.Count(h => h.Start < opening.Start);
        if (!Splice.Keeps(document, changed, before, document.Headings.Count - before)) return EditStep.Refuse("A title would break the table of contents.");
        return EditStep.Done(changed, $"The table of contents names {listed.Count} headings.");
    }

    private static string NameOf(ReadOnlySpan<byte> line) => Encoding.UTF8.GetString(line).Trim()[4..^3].Trim().ToLowerInvariant();

    private static string Write(SectionedDocument document, List<Heading> listed)
    {
        var anchors = Anchors(document);
        var text = new StringBuilder(document.LineEnd);
        foreach (var heading in listed)
        {
            var indent = new string(' ', 2 * (heading.Level - listed.Min(h => h.Level)));
            text.Append(CultureInfo.InvariantCulture, $"{indent}- [{Escape(heading.Title)}](#{anchors[heading.Start]}){document.LineEnd}");
        }
        return listed.Count == 0 ? text.ToString() : text.Append(document.LineEnd).ToString();
    }

    /// <summary>As GitHub makes them: lower case, only letters, digits, hyphens and low lines, and a number behind what was there before.</summary>
    private static Dictionary<int, string> Anchors(SectionedDocument document)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var anchors = new Dictionary<int, string>();
        foreach (var heading in document.Headings)
        {
            var plain = Slug(heading.Title);
            var anchor = plain;
            while (seen.ContainsKey(anchor)) anchor = string.Create(CultureInfo.InvariantCulture, $"{plain}-{++seen[plain]}");
            seen[anchor] = 0;
            anchors[heading.Start] = anchor;
        }
        return anchors;
    }

    private static string Slug(string title)
    {
        var slug = new StringBuilder();
        foreach (var rune in title.ToLowerInvariant().EnumerateRunes())
        {
            if (rune.Value == ' ') slug.Append('-');
            else if (rune.Value is '-' or '_' || Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark) slug.Append(rune.ToString());
        }
        return slug.ToString();
    }

    private static string Escape(string title)
    {
        var text = new StringBuilder();
        foreach (var letter in title) text.Append(@"\[]*_`<>&!~".Contains(letter, StringComparison.Ordinal) ? $@"\{letter}" : letter);
        return text.ToString();
    }
}
