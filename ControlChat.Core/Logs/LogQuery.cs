namespace ControlChat.Core.Logs;

/// <summary>What to find in the hub's own log.</summary>
public sealed record LogQuery
{
    /// <summary>Not before.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Before.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>This level or worse, one of <see cref="LogLevels.All"/>.</summary>
    public string? Level { get; init; }

    /// <summary>Words, each from its beginning, in any case; all must stand in the line.</summary>
    public string? Text { get; init; }
    public string? RunId { get; init; }
    public string? ConversationId { get; init; }
    public string? Tool { get; init; }

    /// <summary>Only lines of these runs: what a member may see. Null: every line, as an admin may.</summary>
    public IReadOnlyCollection<string>? OnlyRuns { get; init; }

    /// <summary>1-200.</summary>
    public int Limit { get; init; } = 50;

    /// <summary>From <see cref="LogPage.NextCursor"/>.</summary>
    public string? Cursor { get; init; }
}

/// <param name="Id">Grows with the log; stable while the index lives.</param>
public sealed record LogRow(
    long Id, DateTimeOffset Timestamp, string Level, string Message, string? Event, string Category,
    string? RunId, string? ConversationId, string? Agent, string? Tool, string? TraceId, string? Exception);

/// <param name="Items">Newest first.</param>
/// <param name="NextCursor">Leads to older lines; null at the end.</param>
public sealed record LogPage(IReadOnlyList<LogRow> Items, string? NextCursor);

/// <summary>Levels from least to worst.</summary>
public static class LogLevels
{
    public static IReadOnlyList<string> All { get; } = ["trace", "debug", "information", "warning", "error", "critical"];

    /// <summary>-1 for a level that is none.</summary>
    public static int Rank(string level)
    {
        for (var i = 0; i < All.Count; i++)
            if (All[i] == level) return i;
        return -1;
    }
}
