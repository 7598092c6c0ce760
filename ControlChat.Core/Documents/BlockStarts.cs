namespace ControlChat.Core.Documents;

/// <summary>What a line begins, by CommonMark 0.31.2. Every one is given the line from its first visible byte, without its end.</summary>
internal static class BlockStarts
{
    private const int MostLevel = 6;
    private const int MostDigits = 9;

    /// <summary>Section 4.2.</summary>
    /// <returns>1 to 6; 0: it is none.</returns>
    public static int AtxLevel(ReadOnlySpan<byte> text)
    {
        var level = Run(text, (byte)'#');
        return level <= MostLevel && (level == text.Length || IsSpace(text[level])) ? level : 0;
    }

    /// <summary>What stands between the opening and the optional closing marks.</summary>
    public static (int Start, int End) AtxTitle(ReadOnlySpan<byte> text, int level)
    {
        var start = level + Run(text[level..], (byte)' ', (byte)'\t');
        var end = text.TrimEnd(" \t"u8).Length;
        var bare = text[..end].TrimEnd((byte)'#').Length;
        if (bare < end && (bare <= start || IsSpace(text[bare - 1]))) end = text[..bare].TrimEnd(" \t"u8).Length;
        return (Math.Min(start, Math.Max(end, level)), Math.Max(end, level));
    }

    /// <summary>Section 4.3: the line below a heading.</summary>
    /// <returns>1 or 2; 0: it is none.</returns>
    public static int SetextLevel(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] is not ((byte)'=' or (byte)'-')) return 0;
        return text[Run(text, text[0])..].ContainsAnyExcept((byte)' ', (byte)'\t') ? 0 : text[0] == '=' ? 1 : 2;
    }

    /// <summary>Section 4.1.</summary>
    public static bool IsThematicBreak(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] is not ((byte)'*' or (byte)'-' or (byte)'_')) return false;
        return !text.ContainsAnyExcept(text[0], (byte)' ', (byte)'\t') && text.Count(text[0]) >= 3;
    }

    /// <summary>Section 4.5.</summary>
    /// <returns>The length of the opening fence; 0: it is none.</returns>
    public static int Fence(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] is not ((byte)'`' or (byte)'~')) return 0;
        var length = Run(text, text[0]);
        return length < 3 || (text[0] == '`' && text[length..].Contains((byte)'`')) ? 0 : length;
    }

    public static bool ClosesFence(ReadOnlySpan<byte> text, byte mark, int length)
    {
        var run = Run(text, mark);
        return run >= length && !text[run..].ContainsAnyExcept((byte)' ', (byte)'\t');
    }

    /// <summary>Section 5.2.</summary>
    /// <param name="interrupts">It would end a paragraph: then it must hold something, and a number must be 1.</param>
    /// <returns>The length of the marker; 0: it is none.</returns>
    public static int ListMarker(ReadOnlySpan<byte> text, bool interrupts)
    {
        if (text.IsEmpty) return 0;
        var length = text[0] is (byte)'-' or (byte)'+' or (byte)'*' ? 1 : NumberMarker(text, interrupts);
        if (length == 0 || (length < text.Length && !IsSpace(text[length]))) return 0;
        return interrupts && !text[length..].ContainsAnyExcept((byte)' ', (byte)'\t') ? 0 : length;
    }

    private static int NumberMarker(ReadOnlySpan<byte> text, bool interrupts)
    {
        var digits = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits is < 1 or > MostDigits || text[digits] is not ((byte)'.' or (byte)')')) return 0;
        return interrupts && !text[..digits].TrimStart((byte)'0').SequenceEqual("1"u8) ? 0 : digits + 1;
    }

    private static int Run(ReadOnlySpan<byte> text, byte mark) => text.IndexOfAnyExcept(mark) is var end && end < 0 ? text.Length : end;

    private static int Run(ReadOnlySpan<byte> text, byte one, byte other) => text.IndexOfAnyExcept(one, other) is var end && end < 0 ? text.Length : end;

    private static bool IsSpace(byte value) => value is (byte)' ' or (byte)'\t';
}
