using System.Globalization;
using System.Text;
using ControlChat.Core.Logs;

namespace ControlChat.App.Logs;

/// <summary>What the page shows, as its address says it.</summary>
/// <param name="Level">This level or worse; null for all.</param>
/// <param name="From">RFC 3339 or how long ago, as typed; null for all time.</param>
/// <param name="Line">The line in the drawer.</param>
public sealed record LogsQuery(string? Text, string? Level, string? From, string? RunId, string? ConversationId, string? Cursor, long? Line)
{
    public bool IsFiltered => Text is not null || Level is not null || From is not null || RunId is not null || ConversationId is not null;

    public string Href
    {
        get
        {
            var href = new StringBuilder("/logs");
            var sign = '?';
            var line = Line?.ToString(CultureInfo.InvariantCulture);
            foreach (var (name, value) in (ReadOnlySpan<(string, string?)>)[("text", Text), ("level", Level), ("from", From), ("run_id", RunId), ("conversation_id", ConversationId), ("cursor", Cursor), ("line", line)])
            {
                if (value is null) continue;
                href.Append(sign).Append(name).Append('=').Append(Uri.EscapeDataString(value));
                sign = '&';
            }
            return href.ToString();
        }
    }

    /// <summary>From the address; a level or a time nobody knows counts as none.</summary>
    public static LogsQuery Of(string? text, string? level, string? from, string? runId, string? conversationId, string? cursor, long? line) => new(
        Filled(text), level is not null && LogLevels.Rank(level) >= 0 ? level : null,
        Filled(from) is { } time && RelativeTime.Read(time, DateTimeOffset.MaxValue) is not null ? time : null,
        Filled(runId), Filled(conversationId), Filled(cursor), line);

    /// <summary>The first page of the same view with other filters.</summary>
    public LogsQuery First() => this with { Cursor = null, Line = null };

    /// <param name="now">What "1h" is counted from.</param>
    /// <param name="limit">Rows of a page.</param>
    public LogQuery Search(DateTimeOffset now, int limit) => new()
    {
        Text = Text,
        Level = Level,
        From = From is null ? null : RelativeTime.Read(From, now),
        RunId = RunId,
        ConversationId = ConversationId,
        Cursor = Cursor,
        Limit = limit,
    };

    private static string? Filled(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();
}
