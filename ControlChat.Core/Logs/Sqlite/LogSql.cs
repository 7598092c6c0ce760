using System.Globalization;
using System.Text.Json;

namespace ControlChat.Core.Logs.Sqlite;

/// <summary>A query as SQL: only the conditions that are asked for, every value a parameter.</summary>
internal static class LogSql
{
    public const string Columns = "l.id, l.at, l.level, l.message, l.event, l.category, l.run_id, l.conversation_id, l.agent, l.tool, l.trace_id, l.exception";

    /// <exception cref="FormatException">The cursor is none of ours.</exception>
    public static (string Where, Dictionary<string, object> Values) Conditions(LogQuery query)
    {
        var where = new List<string> { "1 = 1" };
        var values = new Dictionary<string, object>();
        Add(query.From, "l.at >= @from", "from", t => Hub.Timestamps.Format(t));
        Add(query.To, "l.at < @to", "to", t => Hub.Timestamps.Format(t));
        AddText(query.Level, "l.level >= @level", "level", t => LogLevels.Rank(t));
        AddText(query.RunId, "l.run_id = @run", "run", t => t);
        AddText(query.ConversationId, "l.conversation_id = @conversation", "conversation", t => t);
        AddText(query.Tool, "l.tool = @tool", "tool", t => t);
        AddText(query.Cursor, "l.id < @cursor", "cursor", t => Position(t));
        if (query.OnlyRuns is { } runs)
        {
            where.Add("l.run_id in (select value from json_each(@runs))");
            values["runs"] = JsonSerializer.Serialize(runs);
        }
        if (query.Text is { Length: > 0 } text)
        {
            var words = Words(text);
            where.Add(words.Length > 0 ? "l.id in (select rowid from line_texts where line_texts match @words)" : "instr(l.message, @words) > 0");
            values["words"] = words.Length > 0 ? words : text.Trim();
        }
        return (string.Join(" and ", where), values);

        void Add(DateTimeOffset? value, string condition, string name, Func<DateTimeOffset, object> form)
        {
            if (value is not { } time) return;
            where.Add(condition);
            values[name] = form(time);
        }

        void AddText(string? value, string condition, string name, Func<string, object> form)
        {
            if (string.IsNullOrEmpty(value)) return;
            where.Add(condition);
            values[name] = form(value);
        }
    }

    public static string Cursor(long id) => id.ToString(CultureInfo.InvariantCulture);

    private static long Position(string cursor) =>
        long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw new FormatException("The cursor is none of this search. Begin without one.");

    // Every word is a quoted prefix, so that nothing a person types is read as the search's own grammar.
    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        .Where(w => w.Any(char.IsLetterOrDigit)).Take(16).Select(w => $"\"{w.Replace("\"", "\"\"", StringComparison.Ordinal)}\"*"));
}
