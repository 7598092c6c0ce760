namespace ControlChat.Core.Conversations;

/// <param name="Text">Every word must start a word of the title or of a message; null for all.</param>
/// <param name="Archived">False by default.</param>
/// <param name="Limit">1-200.</param>
/// <param name="Cursor">From the page before.</param>
public sealed record ConversationFilter(string? Text = null, bool Archived = false, int Limit = 50, string? Cursor = null);

/// <param name="OpenRun">The status of a run that is not over (<c>waiting</c> before <c>running</c> before <c>queued</c>), or null.</param>
public sealed record ConversationItem(string Id, string Title, DateTimeOffset CreatedAt, bool Archived, DateTimeOffset UpdatedAt, long LastSeq, string? OpenRun)
{
    /// <summary>The beginning of the newest message; while searching, what was found around the words. Null without messages.</summary>
    public string? LastLine { get; init; }

    /// <summary>The message of <see cref="LastLine"/>.</summary>
    public long? LastLineSeq { get; init; }
}

public sealed record ConversationPage(IReadOnlyList<ConversationItem> Items, string? NextCursor);
