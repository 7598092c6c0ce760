using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.App.Api;
using ControlChat.Core.Accounts;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Core.Telemetry;

namespace ControlChat.App.Sessions;

/// <summary>
/// A session's events over SSE. It subscribes first, then replays what is stored after the cursor, then drops what it has sent; pieces of
/// messages pass by without an id. A reader that is too slow is closed and resumes with its cursor.
/// </summary>
internal sealed class SessionStream(ServerEvents output, HubDatabase database, SessionStore sessions, TimeProvider time, string id, long after)
{
    private const int PageEvents = 200;

    // A wake-up may be lost, and the store is what tells then, this much later; rights are looked at as often as a heartbeat goes.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(3);
    private const int LooksPerBeat = 5;
    private readonly HashSet<string> _whole = new(StringComparer.Ordinal);
    private long _sent = after;
    private Task<bool> _more = Task.FromResult(false);

    public static async Task AnswerAsync(
        HttpContext context, string id, long? after, string? text, SessionCommands commands, SessionStore sessions, SessionSearch search, HubDatabase database, IBus bus, TimeProvider time, IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        var principal = context.RequirePrincipal();
        var session = await commands.FindAsync(principal, id, cancellationToken) ?? throw SessionEndpoints.NotFound();
        var cursor = Cursor(context.Request, after);
        if (text is not null)
        {
            await context.Response.WriteAsJsonAsync(await FoundAsync(search, id, text, cursor, cancellationToken), Json.Wire, cancellationToken);
            return;
        }
        if (WantsPage(context.Request))
        {
            await context.Response.WriteAsJsonAsync(await PageAsync(database, sessions, id, cursor, cancellationToken), Json.Wire, cancellationToken);
            return;
        }
        // A client that has seen the end and comes again by itself is told not to: https://html.spec.whatwg.org/multipage/server-sent-events.html
        if (session.EndReason is not null && (cursor >= session.LastSeq || await IsRemovedAsync(database, sessions, id, cancellationToken)))
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        using var open = Meters.EventStreamOpened();
        var output = await ServerEvents.StartAsync(context, cancellationToken);
        if (context.IsHead()) return;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        try
        {
            await new SessionStream(output, database, sessions, time, id, cursor).RunAsync(bus, () => MayReadAsync(commands, principal, id, end.Token), end.Token);
        }
        catch (Exception e) when (e is BusGapException or HubUnavailableException || (e is OperationCanceledException && end.IsCancellationRequested))
        {
            // The client left or was too slow, the hub stops, or its database does not answer: it comes again with its cursor.
        }
    }

    private async Task RunAsync(IBus bus, Func<Task<bool>> mayRead, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var entries = bus.TailAsync(Topics.Stream(id), null, over.Token).GetAsyncEnumerator(over.Token);
        _more = entries.MoveNextAsync().AsTask();
        try
        {
            if (!await ReplayAsync(cancellationToken)) await FollowAsync(entries, mayRead, cancellationToken);
        }
        finally
        {
            await over.CancelAsync();
            // A tail lets go of its topic only when nobody waits for its next entry.
            await _more.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await entries.DisposeAsync();
        }
    }

    private async Task FollowAsync(IAsyncEnumerator<BusEntry> entries, Func<Task<bool>> mayRead, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        var look = timer.WaitForNextTickAsync(cancellationToken).AsTask();
        for (var looks = 0; ;)
        {
            await Task.WhenAny(_more, look);
            if (look.IsCompleted)
            {
                await look;
                if (++looks % LooksPerBeat == 0 && !await BeatAsync(mayRead, cancellationToken)) return;
                if (await ReplayAsync(cancellationToken)) return;
                look = timer.WaitForNextTickAsync(cancellationToken).AsTask();
            }
            if (!_more.IsCompleted) continue;
            if (!await _more) return;
            if (!Passing(entries.Current) && await ReplayAsync(cancellationToken)) return;
            await output.FlushAsync(cancellationToken);
            _more = entries.MoveNextAsync().AsTask();
        }
    }

    private async Task<bool> BeatAsync(Func<Task<bool>> mayRead, CancellationToken cancellationToken)
    {
        if (await mayRead())
        {
            await output.HeartbeatAsync(cancellationToken);
            return true;
        }
        output.Write(null, "{}", "closed");
        await output.FlushAsync(cancellationToken);
        return false;
    }

    // A piece of a message is itself in the entry; anything else only says that there is news.
    private bool Passing(BusEntry entry)
    {
        using var payload = JsonDocument.Parse(entry.Message.Payload);
        if (!payload.RootElement.TryGetProperty("type", out var type) || type.GetString() is not (SessionEvents.AgentMessageDelta or SessionEvents.CommandOutput)
            || !payload.RootElement.TryGetProperty("data", out var data)) return false;
        // It came late: what it is a piece of was sent whole.
        if (ItemOf(data) is { } whole && _whole.Contains(whole)) return true;
        output.Write(null, new JsonObject { ["id"] = null, ["seq"] = null, ["session_id"] = id, ["type"] = type.GetString(), ["at"] = Timestamps.Format(time.GetUtcNow()), ["data"] = JsonNode.Parse(data.GetRawText()) }.ToJsonString(Json.Wire), type.GetString());
        return true;
    }

    private static string? ItemOf(JsonElement data) =>
        data.TryGetProperty("message_id", out var message) ? message.GetString() : data.TryGetProperty("item_id", out var item) ? item.GetString() : null;

    /// <returns>Whether the last event of all was sent.</returns>
    private async Task<bool> ReplayAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            IReadOnlyList<StoredSessionEvent> events;
            await using (var reader = await database.ReadAsync(cancellationToken)) events = await sessions.ReadAsync(reader, id, _sent, PageEvents, cancellationToken);
            foreach (var stored in events)
            {
                output.Write(stored.Seq, Wire(id, stored).ToJsonString(Json.Wire), stored.Type);
                _sent = stored.Seq;
                if (stored.Type is SessionEvents.AgentMessage or SessionEvents.CommandFinished && ItemOf(JsonSerializer.Deserialize<JsonElement>(stored.Data)) is { } whole) _whole.Add(whole);
            }
            if (events.Count > 0) await output.FlushAsync(cancellationToken);
            if (events.Any(e => e.Type == SessionEvents.Ended)) return true;
            // Without news: whose events were removed tells of no end any more.
            if (events.Count == 0) return await IsRemovedAsync(database, sessions, id, cancellationToken);
            if (events.Count < PageEvents) return false;
        }
    }

    private static async Task<bool> IsRemovedAsync(HubDatabase database, SessionStore sessions, string id, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await sessions.FindAsync(reader, id, cancellationToken) is not { TranscriptRemovedAt: null };
    }

    private static async Task<bool> MayReadAsync(SessionCommands commands, Principal principal, string id, CancellationToken cancellationToken) =>
        await commands.FindAsync(principal, id, cancellationToken) is not null;

    private static async Task<JsonObject> PageAsync(HubDatabase database, SessionStore sessions, string id, long after, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        var page = await sessions.ReadAsync(reader, id, after, PageEvents, cancellationToken);
        return new JsonObject
        {
            ["items"] = new JsonArray([.. page.Select(e => Wire(id, e))]),
            // Polling goes on with it, also when there is nothing new yet.
            ["next_cursor"] = (page.Count > 0 ? page[^1].Seq : after).ToString(CultureInfo.InvariantCulture),
        };
    }

    private static async Task<JsonObject> FoundAsync(SessionSearch search, string id, string text, long after, CancellationToken cancellationToken)
    {
        if (text.Length is 0 or > SessionSearch.MostText) throw ApiException.Invalid($"'text' has 1-{SessionSearch.MostText} characters.");
        var (items, next) = await search.FindAsync(id, text, after, cancellationToken);
        return new JsonObject { ["items"] = new JsonArray([.. items.Select(e => Wire(id, e))]), ["next_cursor"] = next?.ToString(CultureInfo.InvariantCulture) };
    }

    private static JsonObject Wire(string session, StoredSessionEvent stored) => new()
    {
        ["id"] = $"{session}:{stored.Seq.ToString(CultureInfo.InvariantCulture)}",
        ["seq"] = stored.Seq,
        ["session_id"] = session,
        ["type"] = stored.Type,
        ["at"] = Timestamps.Format(stored.At),
        ["data"] = JsonNode.Parse(stored.Data),
    };

    private static bool WantsPage(HttpRequest request)
    {
        var accept = request.Headers.Accept.ToString();
        return accept.Contains("application/json", StringComparison.OrdinalIgnoreCase) && !accept.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
    }

    // The header comes from a client that reconnects by itself; it is newer than the address.
    private static long Cursor(HttpRequest request, long? after) =>
        request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last && long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) ? seq : Math.Max(0, after ?? 0);
}
