using System.Text;

namespace ControlChat.Core.Documents;

/// <summary>New text in the place of a part of a document.</summary>
internal static class Splice
{
    /// <summary>The same lines with other ends, without blank lines at the beginning and the end and without an end of the last.</summary>
    public static string Lines(string content, string lineEnd)
    {
        var lines = content.ReplaceLineEndings("\n").Split('\n').ToList();
        while (lines.Count > 0 && string.IsNullOrWhiteSpace(lines[0])) lines.RemoveAt(0);
        while (lines.Count > 0 && string.IsNullOrWhiteSpace(lines[^1])) lines.RemoveAt(lines.Count - 1);
        return string.Join(lineEnd, lines);
    }

    public static byte[] Put(byte[] bytes, int from, int to, string text)
    {
        var put = Encoding.UTF8.GetBytes(text);
        var all = new byte[bytes.Length - (to - from) + put.Length];
        bytes.AsSpan(0, from).CopyTo(all);
        put.CopyTo(all, from);
        bytes.AsSpan(to).CopyTo(all.AsSpan(from + put.Length));
        return all;
    }

    /// <summary>Blank lines at the beginning of a part, in bytes.</summary>
    public static int BlankLines(ReadOnlySpan<byte> part)
    {
        var blank = 0;
        for (var lines = new Lines(part); lines.Next() && !part[lines.Start..lines.End].ContainsAnyExcept((byte)' ', (byte)'\t');) blank = lines.After;
        return blank;
    }

    /// <summary>Where the blank lines at the end of a part begin: behind the last line that is none, with its end.</summary>
    public static int TextEnd(ReadOnlySpan<byte> part)
    {
        var text = part.TrimEnd(" \t\r\n"u8).Length;
        var rest = part[text..];
        var end = rest.IndexOfAny((byte)'\n', (byte)'\r');
        if (end < 0) return part.Length;
        return text + end + (rest[end] == '\r' && end + 1 < rest.Length && rest[end + 1] == '\n' ? 2 : 1);
    }

    public static bool EndsLine(ReadOnlySpan<byte> text) => !text.IsEmpty && (text[^1] is (byte)'\n' or (byte)'\r');

    public static bool IsText(string content)
    {
        for (var at = 0; at < content.Length;)
        {
            if (content[at] == '\0' || !Rune.TryGetRuneAt(content, at, out var rune)) return false;
            at += rune.Utf16SequenceLength;
        }
        return true;
    }

    /// <summary>Whether so many headings at the beginning and at the end of a document are still the same, and front matter is.</summary>
    public static bool Keeps(SectionedDocument before, SectionedDocument after, int first, int last)
    {
        if (after.Headings.Count < first + last || after.Scanned.TextStart != before.Scanned.TextStart) return false;
        var moved = after.Bytes.Length - before.Bytes.Length;
        for (var i = 0; i < first; i++)
        {
            if (!IsSame(before.Headings[i], after.Headings[i], 0)) return false;
        }
        for (var i = 1; i <= last; i++)
        {
            if (!IsSame(before.Headings[^i], after.Headings[^i], moved)) return false;
        }
        return true;
    }

    private static bool IsSame(Heading before, Heading after, int moved) => before.Start + moved == after.Start && before.Level == after.Level && before.Title == after.Title;
}
