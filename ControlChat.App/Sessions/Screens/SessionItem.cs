namespace ControlChat.App.Sessions.Screens;

/// <summary>Something in the conversation with an agent, as it is drawn. All text of it is untrusted.</summary>
/// <param name="Key">Its own in this session.</param>
public abstract record SessionItem(string Key, DateTimeOffset At)
{
    /// <summary>A person said it.</summary>
    /// <param name="Sent">False while it is on its way.</param>
    /// <param name="Problem">Why it was not taken; null: it was, or may be.</param>
    public sealed record Said(string Key, DateTimeOffset At, string Name, string Text, bool Sent, string? Problem) : SessionItem(Key, At);

    /// <param name="Growing">More of it comes.</param>
    public sealed record Answer(string Key, DateTimeOffset At, string Text, bool Growing) : SessionItem(Key, At);

    public sealed record Reasoning(string Key, DateTimeOffset At, string Text) : SessionItem(Key, At);

    /// <param name="Status"><c>in_progress|completed|failed|declined|abandoned</c>.</param>
    public sealed record Command(string Key, DateTimeOffset At, string Line, string? Directory, string Output, string Status, int? ExitCode, long? Milliseconds) : SessionItem(Key, At);

    public sealed record Changes(string Key, DateTimeOffset At, string Status, IReadOnlyList<SessionFile> Files) : SessionItem(Key, At);

    public sealed record Plan(string Key, DateTimeOffset At, string? Note, IReadOnlyList<SessionStep> Steps) : SessionItem(Key, At);

    public sealed record Tool(string Key, DateTimeOffset At, string Status, string? Server, string Name, string Arguments, string? Result, string? Fault, long? Milliseconds) : SessionItem(Key, At);

    /// <summary>A person is, or was, to decide.</summary>
    public sealed record Asked(string Key, DateTimeOffset At, string ApprovalId) : SessionItem(Key, At);

    public sealed record Notice(string Key, DateTimeOffset At, string Text, bool IsFault) : SessionItem(Key, At);

    public sealed record Ended(string Key, DateTimeOffset At, string? Reason, string? Error) : SessionItem(Key, At);
}

/// <param name="Kind"><c>add</c>, <c>delete</c>, <c>update</c>, or another word of the agent's.</param>
public sealed record SessionFile(string Path, string Kind, string? MovedTo, string Diff);

/// <param name="Status"><c>completed</c>, <c>inProgress</c>, <c>pending</c>, or another word of the agent's.</param>
public sealed record SessionStep(string Text, string Status);
