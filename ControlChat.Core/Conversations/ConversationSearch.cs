namespace ControlChat.Core.Conversations;

/// <summary>The one place that knows how the database searches text: FTS5 here, a tsvector in Postgres.</summary>
internal static class ConversationSearch
{
    /// <summary>A condition on <c>c.id</c>; the words are the parameter <c>@words</c>.</summary>
    public const string Condition = "c.id in (select conversation_id from conversation_texts where conversation_texts match @words)";

    /// <summary>Of conversation <c>c</c>: the newest message with the words, and the text around them.</summary>
    public const string Found = """
        (select snippet(conversation_texts, 0, '', '', '…', 12) from conversation_texts where conversation_texts match @words and conversation_id = c.id and message_n is not null order by rowid desc limit 1) as last_line,
        (select m.seq from conversation_texts f join messages m on m.n = f.message_n where conversation_texts match @words and f.conversation_id = c.id order by f.rowid desc limit 1) as last_line_seq
        """;

    /// <summary>Each word as a quoted prefix, so that nothing in it is query syntax; null when there is no word.</summary>
    public static string? Words(string? text)
    {
        var words = text?.Split((char[]?)null, 12, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(w => w.Any(char.IsLetterOrDigit))
            .Select(w => $"\"{w.Replace("\"", "\"\"", StringComparison.Ordinal).Replace("\0", "", StringComparison.Ordinal)}\"*").ToList();
        return words is { Count: > 0 } ? string.Join(' ', words) : null;
    }
}
