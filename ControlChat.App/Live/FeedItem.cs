using ControlChat.Core.Conversations;

namespace ControlChat.App.Live;

/// <summary>What happened in a conversation, as it is shown.</summary>
public abstract record FeedItem
{
    private FeedItem()
    {
    }

    /// <summary>A stored event; moves the reader's cursor.</summary>
    public sealed record Stored(StoredEvent Event) : FeedItem;

    /// <summary>A piece of an answer that is growing. Text to show until the stored message replaces it.</summary>
    /// <param name="Type"><c>text_delta|reasoning_delta|reset</c>.</param>
    /// <param name="MessageId">The message that grows.</param>
    /// <param name="Attempt">A retried answer has the next one and starts at 0.</param>
    /// <param name="Offset">In UTF-16 units.</param>
    public sealed record Delta(string Type, string MessageId, int Attempt, int Offset, string Text) : FeedItem;

    /// <summary>The conversation's own row changed (title, archived).</summary>
    public sealed record Changed : FeedItem;
}
