namespace ControlChat.Core.Documents;

/// <summary>Link reference definitions (CommonMark 0.31.2, section 4.7) at the beginning of a paragraph: they are no part of its text.</summary>
internal static class LinkDefinitions
{
    private const int MostLabel = 999;
    private const int MostParentheses = 32;

    /// <param name="paragraph">Its lines without their indent, divided by line feeds.</param>
    /// <returns>The length of the definition with the end of its line; 0: it begins with none.</returns>
    public static int Length(ReadOnlySpan<byte> paragraph)
    {
        var at = Label(paragraph);
        if (at == 0 || at >= paragraph.Length || paragraph[at] != ':') return 0;
        at++;
        if (!SkipSpace(paragraph, ref at)) return 0;
        var destination = Destination(paragraph[at..]);
        if (destination == 0) return 0;
        at += destination;
        var (untitled, title) = (LineEnd(paragraph, at), at);
        if (SkipSpace(paragraph, ref title) && title > at && title < paragraph.Length && Title(paragraph[title..]) is > 0 and var length && LineEnd(paragraph, title + length) is >= 0 and var titled) return titled;
        return Math.Max(untitled, 0);
    }

    /// <returns>The length with both brackets; 0: there is none.</returns>
    private static int Label(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] != '[') return 0;
        var (visible, characters) = (false, 0);
        for (var at = 1; at < text.Length && characters <= MostLabel; at++)
        {
            switch (text[at])
            {
                case (byte)']':
                    return visible ? at + 1 : 0;
                case (byte)'[':
                    return 0;
                case (byte)'\\' when at + 1 < text.Length && text[at + 1] is (byte)'[' or (byte)']' or (byte)'\\':
                    at++;
                    characters++;
                    visible = true;
                    break;
                case var other:
                    visible |= other is not ((byte)' ' or (byte)'\t' or (byte)'\n');
                    break;
            }
            if ((text[at] & 0xC0) != 0x80) characters++;
        }
        return 0;
    }

    private static int Destination(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty) return 0;
        if (text[0] != '<') return BareDestination(text);
        for (var at = 1; at < text.Length; at++)
        {
            if (text[at] == '>') return at + 1;
            if (text[at] is (byte)'\n' or (byte)'<') return 0;
            if (text[at] == '\\') at++;
        }
        return 0;
    }

    private static int BareDestination(ReadOnlySpan<byte> text)
    {
        var (at, open) = (0, 0);
        for (; at < text.Length && text[at] > ' ' && text[at] != 0x7F; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length && IsPunctuation(text[at + 1])) at++;
            else if (text[at] == '(' && ++open > MostParentheses) return 0;
            else if (text[at] == ')' && --open < 0) return 0;
        }
        return open == 0 ? at : 0;
    }

    private static int Title(ReadOnlySpan<byte> text)
    {
        var close = text[0] switch { (byte)'"' => (byte)'"', (byte)'\'' => (byte)'\'', (byte)'(' => (byte)')', _ => (byte)0 };
        if (close == 0) return 0;
        for (var at = 1; at < text.Length; at++)
        {
            if (text[at] == close) return at + 1;
            if (text[at] == '(' && close == ')') return 0;
            if (text[at] == '\\') at++;
        }
        return 0;
    }

    /// <summary>Past spaces and tabs with at most one end of a line among them; false: at the end of the text.</summary>
    private static bool SkipSpace(ReadOnlySpan<byte> text, ref int at)
    {
        var lines = 0;
        while (at < text.Length && (text[at] is (byte)' ' or (byte)'\t' || (text[at] == '\n' && lines++ == 0))) at++;
        return at < text.Length;
    }

    /// <returns>Behind the end of the line when only white space is left of it; negative: something else is.</returns>
    private static int LineEnd(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && text[at] is (byte)' ' or (byte)'\t') at++;
        return at >= text.Length ? text.Length : text[at] == '\n' ? at + 1 : -1;
    }

    private static bool IsPunctuation(byte value) => char.IsPunctuation((char)value) || char.IsSymbol((char)value);
}
