using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using ControlChat.App.Api;
using ControlChat.App.Live;
using ControlChat.Core.Accounts;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;
using ControlChat.Core.Telemetry;

namespace ControlChat.App.Conversations;

/// <summary>
/// A conversation's events over SSE. It subscribes first, then replays what is stored after the cursor, then drops what it has sent.
/// A reader that is too slow is closed and resumes with its cursor.
/// </summary>
internal sealed class ConversationStream(ServerEvents output, ConversationFeeds feeds, string conversationId, long after)
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);
    private const int PageEvents = 200;

    // A reader that lags gets its backlog in few writes, but never the whole of it at once.
    private const int FlushEvery = 64;
    private long _sent = after;

    public static async Task AnswerAsync(
        HttpContext context, string id, long? after, ConversationService conversations, ConversationFeeds feeds, HubDatabase database, IPrincipals principals,
        TimeProvider time, IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        var principal = context.RequirePrincipal();
        if (!await conversations.OwnsAsync(principal, id, cancellationToken)) throw ConversationEndpoints.NotFound();
        var cursor = Cursor(context.Request, after);
        if (WantsPage(context.Request))
        {
            await context.Response.WriteAsJsonAsync(await PageAsync(feeds, id, cursor, cancellationToken), Json.Wire, cancellationToken);
            return;
        }
        using var subscription = await feeds.SubscribeAsync(id, cancellationToken);
        using var open = Meters.EventStreamOpened();
        var output = await ServerEvents.StartAsync(context, cancellationToken);
        if (context.IsHead()) return;
        var stream = new ConversationStream(output, feeds, id, cursor);
        // A hub that stops does not wait for its readers: they come again with their cursor.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        try
        {
            await stream.RunAsync(subscription, () => MayStillReadAsync(principal, id, conversations, database, principals, end.Token), time, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The client left, or the hub stops.
        }
    }

    private async Task RunAsync(FeedSubscription subscription, Func<Task<bool>> mayRead, TimeProvider time, CancellationToken cancellationToken)
    {
        await ReplayAsync(cancellationToken);
        using var beat = new PeriodicTimer(Beat, time);
        var due = beat.WaitForNextTickAsync(cancellationToken).AsTask();
        var more = subscription.Items.WaitToReadAsync(cancellationToken).AsTask();
        while (true)
        {
            await Task.WhenAny(more, due);
            if (due.IsCompleted)
            {
                await due;
                if (!await mayRead())
                {
                    output.Write(null, "{}", "closed");
                    await output.FlushAsync(cancellationToken);
                    return;
                }
                await output.HeartbeatAsync(cancellationToken);
                due = beat.WaitForNextTickAsync(cancellationToken).AsTask();
            }
            if (!more.IsCompleted) continue;
            if (!await HasMoreAsync(more)) return;
            for (var written = 0; subscription.Items.TryRead(out var item);)
            {
                Write(item);
                if (++written % FlushEvery == 0) await output.FlushAsync(cancellationToken);
            }
            await output.FlushAsync(cancellationToken);
            more = subscription.Items.WaitToReadAsync(cancellationToken).AsTask();
        }
    }

    private async Task ReplayAsync(CancellationToken cancellationToken)
    {
        while (await feeds.ReadAsync(conversationId, _sent, cancellationToken) is { Count: > 0 } events)
        {
            var written = 0;
            foreach (var stored in events)
            {
                Write(stored);
                if (++written % FlushEvery == 0) await output.FlushAsync(cancellationToken);
            }
            await output.FlushAsync(cancellationToken);
        }
    }

    private void Write(FeedItem item)
    {
        if (item is FeedItem.Stored stored) Write(stored.Event);
        else if (item is FeedItem.Delta delta) output.Write(null, EventWire.Data(delta), delta.Type);
    }

    private void Write(StoredEvent stored)
    {
        if (stored.Seq <= _sent) return;
        output.Write(stored.Seq, EventWire.Data(stored), stored.Type);
        _sent = stored.Seq;
    }

    // A closed subscription ends the stream; the client comes again with its cursor.
    private static async Task<bool> HasMoreAsync(Task<bool> more)
    {
        try
        {
            return await more;
        }
        catch (Exception e) when (e is SlowReaderException or ChannelClosedException or HubUnavailableException)
        {
            return false;
        }
    }

    private static async Task<bool> MayStillReadAsync(
        Principal principal, string id, ConversationService conversations, HubDatabase database, IPrincipals principals, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await principals.ReloadAsync(reader, principal, cancellationToken) is { } now
            && (now.Scopes & TokenScopes.Read) != 0
            && await conversations.OwnsAsync(now, id, cancellationToken);
    }

    private static async Task<JsonObject> PageAsync(ConversationFeeds feeds, string id, long after, CancellationToken cancellationToken)
    {
        var events = await feeds.ReadAsync(id, after, cancellationToken);
        var page = events.Take(PageEvents).ToList();
        return new JsonObject
        {
            ["items"] = new JsonArray([.. page.Select(EventWire.Item)]),
            // Polling goes on with it, also when there is nothing new yet.
            ["next_cursor"] = (page.Count > 0 ? page[^1].Seq : after).ToString(CultureInfo.InvariantCulture),
        };
    }

    private static bool WantsPage(HttpRequest request)
    {
        var accept = request.Headers.Accept.ToString();
        return accept.Contains("application/json", StringComparison.OrdinalIgnoreCase) && !accept.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
    }

    // The header comes from a client that reconnects by itself; it is newer than the address.
    private static long Cursor(HttpRequest request, long? after)
    {
        if (request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last && long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var seq))
            return seq;
        return Math.Max(0, after ?? 0);
    }
}
