using ControlChat.Core.Conversations;

namespace ControlChat.App.Conversations;

/// <summary>A conversation on the wire: contracts, section 5.</summary>
internal sealed record ConversationBody(string Id, string Title, DateTimeOffset CreatedAt, bool Archived, DateTimeOffset UpdatedAt)
{
    public static ConversationBody Of(Conversation c) => new(c.Id, c.Title, c.CreatedAt, c.Archived, c.UpdatedAt);
}

internal sealed record ConversationDetail(
    string Id, string Title, bool Archived, string OwnerId, bool Tainted, long LastSeq, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt,
    IReadOnlyList<Message> Messages, IReadOnlyList<Run> Runs)
{
    public static ConversationDetail Of(ConversationView view)
    {
        var c = view.Conversation;
        return new(c.Id, c.Title, c.Archived, c.OwnerId, c.Tainted, c.LastSeq, c.CreatedAt, c.UpdatedAt, view.Messages, view.Runs);
    }
}
