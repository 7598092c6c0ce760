namespace ControlChat.App.Ask.Handoffs;

/// <summary>One thing a workspace agent did or said for a task. All texts are the agent's, or cut from them.</summary>
/// <param name="Seq">Of the session's event that it began with.</param>
public abstract record HandoffStep(long Seq)
{
    /// <param name="Status">Null while it runs; else <c>completed|failed|declined|abandoned</c>.</param>
    /// <param name="Output">Null while it runs, and when it wrote nothing.</param>
    public sealed record Command(long Seq, string ItemId, string Line, string? Status, int? ExitCode, string? Output, long? Milliseconds) : HandoffStep(Seq);

    public sealed record Files(long Seq, string ItemId, string Status, IReadOnlyList<ChangedPart> Changed) : HandoffStep(Seq);

    public sealed record Tool(long Seq, string ItemId, string Name, string Status) : HandoffStep(Seq);

    /// <param name="ByPerson">Somebody said it to the agent.</param>
    public sealed record Said(long Seq, string Text, bool ByPerson) : HandoffStep(Seq);

    public sealed record Note(long Seq, string Text, bool IsFault) : HandoffStep(Seq);

    /// <param name="Waits">Nobody has answered yet, as far as the session says.</param>
    public sealed record Asked(long Seq, string ApprovalId, bool Waits) : HandoffStep(Seq);
}

/// <param name="Kind"><c>add|update|delete</c>.</param>
public sealed record ChangedPart(string Path, string Kind, string Diff);

/// <param name="Status"><c>pending|inProgress|completed</c>, or another word of the agent's.</param>
public sealed record PlannedStep(string Text, string Status);

/// <param name="Problem">Why it is not as it should be; null: it is.</param>
public sealed record CheckedFile(string Path, bool Expected, long? Bytes, string? Problem);

/// <param name="Href">On this hub, from its root.</param>
public sealed record ResultLink(string Title, string Href);

/// <param name="Status">One of <c>completed|incomplete|failed|stopped|expired</c>.</param>
/// <param name="Report">The agent's own words.</param>
/// <param name="Reason">The hub's, when it did not end by itself.</param>
public sealed record HandoffResult(string Status, string Report, string? Reason, IReadOnlyList<CheckedFile> Checks, IReadOnlyList<ResultLink> Links, DateTimeOffset At);
