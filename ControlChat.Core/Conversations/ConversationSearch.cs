using System.Globalization;
using System.Text;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Conversations;

/// <summary>The one place that knows how the database searches text: FTS5 in SQLite, a tsvector in PostgreSQL. The words are the parameter <c>@words</c>.</summary>
internal static class ConversationSearch
{
    private const string Fts5Condition = "c.id in (select conversation_id from conversation_texts where conversation_texts match @words)";

    private const string Fts5Found = """
        (select snippet(conversation_texts, 0, '', '', '…', 12) from conversation_texts where conversation_texts match @words and conversation_id = c.id and message_n is not null order by rowid desc limit 1) as last_line,
        (select m.seq from conversation_texts f join messages m on m.n = f.message_n where conversation_texts match @words and f.conversation_id = c.id order by f.rowid desc limit 1) as last_line_seq
        """;

    private const string VectorCondition = """
        c.id in (select t.id from conversations t where t.words @@ cast(@words as tsquery)
          union all select m.conversation_id from messages m where m.words @@ cast(@words as tsquery))
        """;

    private const string VectorFound = """
        (select ts_headline('simple', left(m.text, 100000), cast(@words as tsquery), 'StartSel="", StopSel="", MaxWords=13, MinWords=12, MaxFragments=1')
          from messages m where m.conversation_id = c.id and m.words @@ cast(@words as tsquery) order by m.n desc limit 1) as last_line,
        (select m.seq from messages m where m.conversation_id = c.id and m.words @@ cast(@words as tsquery) order by m.n desc limit 1) as last_line_seq
        """;

    /// <summary>A condition on <c>c.id</c>.</summary>
    public static string Condition(SqlDialect dialect) => dialect == SqlDialect.Sqlite ? Fts5Condition : VectorCondition;

    /// <summary>Of conversation <c>c</c>: the newest message with the words, and the text around them.</summary>
    public static string Found(SqlDialect dialect) => dialect == SqlDialect.Sqlite ? Fts5Found : VectorFound;

    /// <summary>Each word from its beginning, so that nothing in it is query syntax; null when there is no word.</summary>
    public static string? Words(SqlDialect dialect, string? text)
    {
        var words = (text ?? "").Split((char[]?)null, 12, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(w => w.Any(char.IsLetterOrDigit));
        var forms = (dialect == SqlDialect.Sqlite ? words.Select(Quoted) : words.Select(Lexemes)).ToList();
        return forms.Count > 0 ? string.Join(dialect == SqlDialect.Sqlite ? " " : " & ", forms) : null;
    }

    private static string Quoted(string word) =>
        $"\"{word.Replace("\"", "\"\"", StringComparison.Ordinal).Replace("\0", "", StringComparison.Ordinal)}\"*";

    // 'zurich' <-> 'west':* for Zürich-West: what the function hub_words makes of it, one after the other.
    private static string Lexemes(string word)
    {
        var runs = new StringBuilder();
        foreach (var c in word.Normalize(NormalizationForm.FormKD).Where(c => CharUnicodeInfo.GetUnicodeCategory(c) is not UnicodeCategory.NonSpacingMark))
            runs.Append(char.IsLetterOrDigit(c) || char.IsSurrogate(c) ? char.ToLowerInvariant(c) : ' ');
        return string.Join(" <-> ", runs.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(run => $"'{run}'")) + ":*";
    }
}
