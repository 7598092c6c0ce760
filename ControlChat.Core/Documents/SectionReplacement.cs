using System.Text;

namespace ControlChat.Core.Documents;

/// <summary>Puts other content into a section, and proves that the headings around it are what they were.</summary>
internal static class SectionReplacement
{
    public static EditStep Make(SectionedDocument document, DocumentEdit.ReplaceSection edit)
    {
        var search = SectionSearch.In(document, edit.Pattern, edit.Occurrence);
        if (search is SectionSearch.Refused refused) return EditStep.Refuse(refused.Why, refused.Candidates);
        var heading = ((SectionSearch.Found)search).Heading;
        if (!Splice.IsText(edit.Content)) return EditStep.Refuse("The content holds a zero byte or half a character.");
        var messages = new List<string>();
        var content = Splice.Lines(edit.Content, document.LineEnd);
        if (edit.KeepHeading) content = WithoutRepeatedHeading(heading, content, document.LineEnd, messages);
        // What the content leaves open, an HTML block or a paragraph, may need a blank line before the next heading.
        foreach (var apart in new[] { false, true })
        {
            var part = edit.KeepHeading ? Body(document, heading, content, apart) : Whole(document, heading, content, apart);
            var changed = SectionedDocument.Read(Splice.Put(document.Bytes, part.From, part.To, part.Text))!;
            if (!IsAround(document, heading, changed, edit.KeepHeading)) continue;
            Remark(document, heading, changed, edit, content, messages);
            return EditStep.Done(changed, messages);
        }
        return EditStep.Refuse("With this content the headings around the section would not be headings any more, or others: it leaves a code fence, an HTML block or the like open, or begins with what belongs to the line before. Close it, then try again.");
    }

    /// <summary>What a model often does: it gives the section with its heading, although that is kept.</summary>
    private static string WithoutRepeatedHeading(Heading heading, string content, string lineEnd, List<string> messages)
    {
        var given = SectionedDocument.Read(Encoding.UTF8.GetBytes(content))!;
        if (given.Headings is not [{ Start: 0 } first, ..] || first.Title != heading.Title || first.Level != heading.Level) return content;
        messages.Add("The content began with the heading itself, which was kept and stands only once.");
        return Splice.Lines(Encoding.UTF8.GetString(given.Bytes.AsSpan(first.BodyStart)), lineEnd);
    }

    private static (int From, int To, string Text) Body(SectionedDocument document, Heading heading, string content, bool apart)
    {
        var (bytes, end) = (document.Bytes, document.LineEnd);
        var body = bytes.AsSpan(heading.BodyStart, heading.End - heading.BodyStart);
        var lead = Splice.BlankLines(body);
        if (lead < body.Length) return Text(document, heading.BodyStart + lead, heading.BodyStart + Splice.TextEnd(body), heading.End, content, apart);
        if (content.Length == 0) return (heading.End, heading.End, "");
        // Only blank lines so far: one before the content, and one behind it unless it is the last.
        if (!Splice.EndsLine(bytes.AsSpan(0, heading.BodyStart))) return (heading.BodyStart, heading.End, end + end + content);
        return (heading.BodyStart, heading.End, end + content + end + (heading.End < bytes.Length ? end : ""));
    }

    private static (int From, int To, string Text) Whole(SectionedDocument document, Heading heading, string content, bool apart) =>
        Text(document, heading.Start, heading.Start + Splice.TextEnd(document.Bytes.AsSpan(heading.Start, heading.End - heading.Start)), heading.End, content, apart);

    /// <param name="from">Where the text that goes begins.</param>
    /// <param name="to">Behind its last line; blank lines may follow up to the end of the section.</param>
    private static (int From, int To, string Text) Text(SectionedDocument document, int from, int to, int end, string content, bool apart)
    {
        var bytes = document.Bytes;
        var ended = Splice.EndsLine(bytes.AsSpan(0, to));
        if (content.Length > 0) return (from, to, content + (ended ? document.LineEnd : "") + (apart && to == end && end < bytes.Length ? document.LineEnd : ""));
        // Nothing is left: the blank lines before it are enough; and a text that ended without a line end still does.
        if (!ended) return (bytes.AsSpan(0, from).TrimEnd(" \t\r\n"u8).Length, to, "");
        return (from, end, "");
    }

    private static bool IsAround(SectionedDocument document, Heading heading, SectionedDocument changed, bool keepsHeading)
    {
        var before = document.Headings.TakeWhile(h => h.Start < heading.Start).ToList();
        if (keepsHeading) before.Add(heading);
        var after = document.Headings.SkipWhile(h => h.Start < heading.End).ToList();
        return Splice.Keeps(document, changed, before.Count, after.Count);
    }

    private static void Remark(SectionedDocument document, Heading heading, SectionedDocument changed, DocumentEdit.ReplaceSection edit, string content, List<string> messages)
    {
        var first = document.Headings.Count(h => h.Start < heading.Start);
        var made = changed.Headings.Skip(first + (edit.KeepHeading ? 1 : 0)).Take(changed.Headings.Count - document.Headings.Count + document.Headings.Count(h => h.Start >= heading.Start && h.Start < heading.End) - (edit.KeepHeading ? 1 : 0)).ToList();
        if (edit.KeepHeading && made.Find(h => h.Level <= heading.Level) is { } higher)
            messages.Add($"The content holds the heading '{higher.Title}' of level {higher.Level}: from there on it is a section of its own beside '{heading.Title}'.");
        if (!edit.KeepHeading && content.Length > 0 && (made.Count == 0 || made[0].Start != heading.Start))
            messages.Add("The content begins without a heading, so its beginning belongs to the section before.");
        if (changed.Scanned.OpenAtEnd is { } open && document.Scanned.OpenAtEnd is null) messages.Add($"The document now ends within {open}.");
    }
}
