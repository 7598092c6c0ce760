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

    // https://www.postgresql.org/docs/current/textsearch-limitations.html: a word has less than 2 KB, all of a text less than 1 MB, places end.
    private const int LongestWord = 200;
    private const int MostFolded = 200_000;
    private const int LastPlace = 16_383;

    // The owner, said inside: a common word would else read the messages of all the hub.
    private const string VectorCondition = """
        c.id in (select t.id from conversations t where t.owner_id = @ownerId and t.words @@ cast(@words as tsquery)
          union all select m.conversation_id from conversations o join messages m on m.conversation_id = o.id
            where o.owner_id = @ownerId and m.words @@ cast(@words as tsquery))
        """;

    private const string VectorFound = """
        (select ts_headline('simple', left(m.text, 100000), cast(@words as tsquery), 'StartSel="", StopSel="", MaxWords=13, MinWords=12, MaxFragments=1')
          from messages m where m.conversation_id = c.id and m.words @@ cast(@words as tsquery) order by m.seq desc limit 1) as last_line,
        (select m.seq from messages m where m.conversation_id = c.id and m.words @@ cast(@words as tsquery) order by m.seq desc limit 1) as last_line_seq
        """;

    /// <summary>A condition on <c>c.id</c>; the parameter <c>@ownerId</c> is who owns <c>c</c>.</summary>
    public static string Condition(SqlDialect dialect) => dialect == SqlDialect.Sqlite ? Fts5Condition : VectorCondition;

    /// <summary>Of conversation <c>c</c>: the newest message with the words, and the text around them.</summary>
    public static string Found(SqlDialect dialect) => dialect == SqlDialect.Sqlite ? Fts5Found : VectorFound;

    /// <summary>What the columns of an insert end with, and the values: <see cref="Indexed"/> is their parameter <c>@indexed</c>.</summary>
    public static (string Column, string Value) Insert(SqlDialect dialect) => dialect == SqlDialect.Sqlite ? ("", "") : (", words", ", cast(@indexed as tsvector)");

    /// <summary>What the assignments of an update end with; null leaves the words as they are.</summary>
    public static string Update(SqlDialect dialect) => dialect == SqlDialect.Sqlite ? "" : ", words = coalesce(cast(@indexed as tsvector), words)";

    /// <summary>A text as PostgreSQL searches it; null for SQLite, whose triggers index by themselves.</summary>
    public static string? Indexed(SqlDialect dialect, string text) => dialect == SqlDialect.Sqlite ? null : Vector(text);

    /// <summary>Each word of a text with its place, in the written form of a tsvector.</summary>
    public static string Vector(string text)
    {
        var length = 0;
        return string.Join(' ', Folded(text).TakeWhile(word => (length += word.Length + 1) <= MostFolded).Select((word, i) => $"'{word}':{Math.Min(i + 1, LastPlace)}"));
    }

    /// <summary>Each word from its beginning, so that nothing in it is query syntax; null when there is no word.</summary>
    public static string? Words(SqlDialect dialect, string? text)
    {
        var words = (text ?? "").Split((char[]?)null, 12, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var forms = words.Select(word => dialect == SqlDialect.Sqlite ? Quoted(word) : Lexemes(word)).OfType<string>().ToList();
        return forms.Count > 0 ? string.Join(dialect == SqlDialect.Sqlite ? " " : " & ", forms) : null;
    }

    private static string? Quoted(string word) =>
        word.EnumerateRunes().Any(Rune.IsLetterOrDigit) ? $"\"{word.Replace("\"", "\"\"", StringComparison.Ordinal).Replace("\0", "", StringComparison.Ordinal)}\"*" : null;

    // 'zurich' <-> 'west':* for Zürich-West: as Vector has it, one after the other.
    private static string? Lexemes(string word) =>
        Folded(word).Select(run => $"'{run}'").ToList() is { Count: > 0 } runs ? string.Join(" <-> ", runs) + ":*" : null;

    // The runs of letters and digits, without case and marks over letters. By this program and not by the database, which folds as its locale says.
    private static IEnumerable<string> Folded(string text)
    {
        var run = new StringBuilder();
        foreach (var rune in StoredText.Of(text).Normalize(NormalizationForm.FormKD).EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark) continue;
            if (Rune.IsLetter(rune) || Rune.IsNumber(rune) || category == UnicodeCategory.SpacingCombiningMark)
            {
                if (run.Length < LongestWord) run.Append(rune.ToString());
                continue;
            }
            if (run.Length > 0) yield return Lower(run);
            run.Clear();
        }
        if (run.Length > 0) yield return Lower(run);
    }

    // By way of the upper case, which several small letters share.
    private static string Lower(StringBuilder run) => run.ToString().ToUpperInvariant().ToLowerInvariant();
}
