using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.App.Api;
using ControlChat.Core.Accounts;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Telemetry;

namespace ControlChat.App.Sessions;

/// <summary>
/// A session's events over SSE. It subscribes first, then replays what is stored after the cursor, then drops what it has sent; pieces of
/// messages pass by without an id. A reader that is too slow is closed and resumes with its cursor.
/// </summary>
internal sealed class SessionStream(ServerEvents output, HubDatabase database, SessionStore sessions, string id, long after)
{
    private const int PageEvents = 200;

    // A wake-up may be lost, and the store is what tells then, this much later; rights are looked at as often as a heartbeat goes.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(3);
    private const int LooksPerBeat = 5;
    private long _sent = after;

    public static async Task AnswerAsync(
        HttpContext context, string id, long? after, SessionCommands commands, SessionStore sessions, HubDatabase database, IBus bus, TimeProvider time, IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        var principal = context.RequirePrincipal();
        if (await commands.FindAsync(principal, id, cancellationToken) is null) throw SessionEndpoints.NotFound();
        var cursor = Cursor(context.Request, after);
        if (WantsPage(context.Request))
        {
            await context.Response.WriteAsJsonAsync(await PageAsync(database, sessions, id, cursor, cancellationToken), Json.Wire, cancellationToken);
            return;
        }
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        var tail = bus.TailAsync(Topics.Stream(id), null, end.Token);
        using var open = Meters.EventStreamOpened();
        var output = await ServerEvents.StartAsync(context, cancellationToken);
        if (context.IsHead()) return;
        try
        {
            await new SessionStream(output, database, sessions, id, cursor).RunAsync(tail, time, () => MayReadAsync(commands, principal, id, end.Token), end.Token);
        }
        catch (Exception e) when (e is BusGapException or HubUnavailableException || (e is OperationCanceledException && end.IsCancellationRequested))
        {
            // The client left or was too slow, the hub stops, or its database does not answer: it comes again with its cursor.
        }
    }

    private async Task RunAsync(IAsyncEnumerable<BusEntry> tail, TimeProvider time, Func<Task<bool>> mayRead, CancellationToken cancellationToken)
    {
        await using var entries = tail.GetAsyncEnumerator(cancellationToken);
        using var timer = new PeriodicTimer(LookEvery, time);
        if (await ReplayAsync(cancellationToken)) return;
        var (more, look) = (entries.MoveNextAsync().AsTask(), timer.WaitForNextTickAsync(cancellationToken).AsTask());
        for (var looks = 0; ;)
        {
            await Task.WhenAny(more, look);
            if (look.IsCompleted)
            {
                await look;
                if (++looks % LooksPerBeat == 0)
                {
                    if (!await mayRead())
                    {
                        output.Write(null, "{}", "closed");
                        await output.FlushAsync(cancellationToken);
                        return;
                    }
                    await output.HeartbeatAsync(cancellationToken);
                }
                if (await ReplayAsync(cancellationToken)) return;
                look = timer.WaitForNextTickAsync(cancellationToken).AsTask();
            }
            if (!more.IsCompleted) continue;
            if (!await more) return;
            if (!Passing(entries.Current) && await ReplayAsync(cancellationToken)) return;
            await output.FlushAsync(cancellationToken);
            more = entries.MoveNextAsync().AsTask();
        }
    }

    // A piece of a message is itself in the entry; anything else only says that there is news.
    private bool Passing(BusEntry entry)
    {
        using var payload = JsonDocument.Parse(entry.Message.Payload);
        if (!payload.RootElement.TryGetProperty("type", out var type) || !payload.RootElement.TryGetProperty("data", out var data)) return false;
        output.Write(null, new JsonObject { ["session_id"] = id, ["type"] = type.GetString(), ["data"] = JsonNode.Parse(data.GetRawText()) }.ToJsonString(Json.Wire), type.GetString());
        return true;
    }

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
            }
            if (events.Count > 0) await output.FlushAsync(cancellationToken);
            if (events.Any(e => e.Type == SessionEvents.Ended)) return true;
            if (events.Count < PageEvents) return false;
        }
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
