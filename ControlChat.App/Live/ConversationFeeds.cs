using System.Collections.Concurrent;
using ControlChat.Core.Bus;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;

namespace ControlChat.App.Live;

/// <summary>
/// What happens in conversations, for SSE and pages alike. Subscribe first, then read the store after your cursor, then drop what you have seen.
/// Whether somebody may read a conversation is asked before, by the caller.
/// </summary>
public sealed partial class ConversationFeeds(IBus bus, HubDatabase database, IConversationLog log, TimeProvider time, ILogger<ConversationFeeds> logger)
{
    private readonly ConcurrentDictionary<string, ConversationFeed> _feeds = new(StringComparer.Ordinal);

    /// <exception cref="HubUnavailableException">The store cannot be read now.</exception>
    public async Task<FeedSubscription> SubscribeAsync(string conversationId, CancellationToken cancellationToken)
    {
        while (true)
        {
            var feed = _feeds.GetOrAdd(conversationId, id => new ConversationFeed(id, bus, database, log, time));
            if (feed.TryAdd(Leave) is not { } subscription)
            {
                _feeds.TryRemove(KeyValuePair.Create(conversationId, feed));
                continue;
            }
            if (feed.TryStart()) _ = RunAsync(feed);
            try
            {
                await feed.Ready.WaitAsync(cancellationToken);
                return subscription;
            }
            catch
            {
                subscription.Dispose();
                throw;
            }
        }
    }

    /// <summary>Stored events after a cursor, rising, at most 500.</summary>
    public async Task<IReadOnlyList<StoredEvent>> ReadAsync(string conversationId, long after, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await log.ReadAsync(reader, conversationId, after, 500, cancellationToken);
    }

    private async Task RunAsync(ConversationFeed feed)
    {
        try
        {
            await feed.RunAsync();
        }
        catch (Exception e)
        {
            LogFeedBroke(logger, e, feed.ConversationId);
        }
        finally
        {
            _feeds.TryRemove(KeyValuePair.Create(feed.ConversationId, feed));
            feed.Dispose();
        }
    }

    private void Leave(ConversationFeed feed, FeedSubscription subscription)
    {
        if (feed.Remove(subscription)) _feeds.TryRemove(KeyValuePair.Create(feed.ConversationId, feed));
    }

    [LoggerMessage(1, LogLevel.Warning, "The feed of {ConversationId} broke; its readers come again")]
    private static partial void LogFeedBroke(ILogger logger, Exception fault, string conversationId);
}
