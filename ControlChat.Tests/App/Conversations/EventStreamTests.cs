using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Core.Bus;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Conversations;

public sealed class EventStreamTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private readonly CancellationTokenSource _end = new(TimeSpan.FromSeconds(60));
    private TestHub _hub = null!;
    private string _id = "";

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync(_time);
        _id = (string)(await TestHub.PostAsync(_hub.Browser, "/api/v1/conversations", new { })).Body["id"]!;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _hub.DisposeAsync();
        _end.Dispose();
    }

    [Fact]
    public async Task A_stream_replays_what_is_stored_and_goes_on_with_what_comes()
    {
        await WriteAsync(0, 3);
        using var stream = await OpenAsync(after: 1);
        await WriteAsync(3, 2);
        var seen = await stream.TakeAsync(4);
        Assert.Equal([2L, 3, 4, 5], seen.Select(e => e.Id!.Value));
        Assert.Equal(["1", "2", "3", "4"], seen.Select(e => (string)e.Data["text"]!));
        Assert.All(seen, e => Assert.Equal("system", e.Name));
        Assert.Equal("no", stream.Headers.GetValues("X-Accel-Buffering").Single());
    }

    [Fact]
    public async Task The_header_of_a_reconnecting_client_is_its_cursor()
    {
        await WriteAsync(0, 5);
        using var stream = await OpenAsync(lastEventId: "4");
        Assert.Equal(5, (await stream.TakeAsync(1))[0].Id);
    }

    [Fact]
    public async Task Deltas_carry_no_id_and_a_late_reader_gets_the_answer_from_its_beginning()
    {
        using var early = await OpenAsync();
        await DeltaAsync("msg_1", 0, "Hello ");
        await DeltaAsync("msg_1", 6, "there");
        Assert.Equal(["Hello ", "there"], (await early.TakeAsync(2)).Select(e => (string)e.Data["text"]!));
        using var late = await OpenAsync();
        var whole = (await late.TakeAsync(1))[0];
        Assert.Equal((null, "text_delta", "Hello there", 0), (whole.Id, whole.Name, (string)whole.Data["text"]!, (int)whole.Data["offset"]!));
    }

    [Fact]
    public async Task A_heartbeat_comes_every_15_seconds()
    {
        using var stream = await OpenAsync();
        var next = stream.LineAsync();
        await Waiting.UntilAsync(() => { _time.Advance(TimeSpan.FromSeconds(5)); return next.IsCompleted; });
        Assert.Equal(": hb", await next);
    }

    [Fact]
    public async Task Lost_rights_end_the_stream_at_the_next_heartbeat()
    {
        var token = await _hub.TokenAsync();
        var other = (string)(await TestHub.PostAsync(token, "/api/v1/conversations", new { })).Body["id"]!;
        using var stream = await OpenAsync(client: token, id: other);
        await using (var transaction = await _hub.Services.GetRequiredService<HubDatabase>().BeginAsync(default))
        {
            await transaction.ExecuteAsync("update api_tokens set revoked_at = hub_now()", null, default);
            await transaction.CommitAsync(default);
        }
        var next = stream.TakeAsync(1);
        await Waiting.UntilAsync(() => { _time.Advance(TimeSpan.FromSeconds(5)); return next.IsCompleted; });
        Assert.Equal("closed", (await next)[0].Name);
        Assert.Empty(await stream.TakeAsync(1));
    }

    [Fact]
    public async Task Without_an_event_stream_the_same_events_come_in_pages()
    {
        await WriteAsync(0, 250);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/api/v1/conversations/{_id}/events?after=10", UriKind.Relative));
        request.Headers.Accept.Add(new("application/json"));
        using var answer = await _hub.Browser.SendAsync(request);
        var page = await TestHub.BodyAsync(answer);
        Assert.Equal(200, page["items"]!.AsArray().Count);
        Assert.Equal("210", (string?)page["next_cursor"]);
        Assert.Equal(11, (int)page["items"]![0]!["seq"]!);
    }

    [Fact]
    public async Task A_hundred_readers_all_see_everything_once_and_in_order()
    {
        const int events = 60;
        var streams = new List<Reader>();
        for (var i = 0; i < 100; i++) streams.Add(await OpenAsync());
        var reading = streams.Select(s => s.TakeAsync(events)).ToList();
        await WriteAsync(0, events);
        foreach (var seen in await Task.WhenAll(reading)) Assert.Equal(Enumerable.Range(1, events).Select(i => (long?)i), seen.Select(e => e.Id));
        streams.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task Readers_that_drop_and_resume_lose_nothing_and_see_nothing_twice()
    {
        const int events = 300, readers = 10;
        var writing = Task.Run(() => WriteAsync(0, events, one: true));
        var all = await Task.WhenAll(Enumerable.Range(0, readers).Select(n => Task.Run(async () =>
        {
            var random = new Random(20261121 + n);
            var seen = new List<long>();
            while (seen.Count < events)
            {
                using var stream = await OpenAsync(lastEventId: seen.Count == 0 ? null : $"{seen[^1]}");
                foreach (var e in await stream.TakeAsync(Math.Min(random.Next(1, 60), events - seen.Count))) seen.Add(e.Id!.Value);
            }
            return seen;
        })));
        await writing;
        Assert.All(all, seen => Assert.Equal(Enumerable.Range(1, events).Select(i => (long)i), seen));
    }

    private async Task WriteAsync(int from, int count, bool one = false)
    {
        var log = _hub.Services.GetRequiredService<IConversationLog>();
        for (var i = from; i < from + count;)
        {
            await using var transaction = await _hub.Services.GetRequiredService<HubDatabase>().BeginAsync(default);
            for (var end = one ? i + 1 : from + count; i < end; i++)
                await log.AppendAsync(transaction, _id, null, "system", new JsonObject { ["text"] = $"{i}" }, default);
            await transaction.CommitAsync(default);
        }
    }

    private Task<string> DeltaAsync(string message, int offset, string text) => _hub.Services.GetRequiredService<IBus>().AppendAsync(Topics.Stream(_id), BusMessage.New(
        new JsonObject { ["type"] = "text_delta", ["data"] = new JsonObject { ["message_id"] = message, ["attempt"] = 1, ["offset"] = offset, ["text"] = text } }.ToJsonString()), default);

    private async Task<Reader> OpenAsync(long? after = null, string? lastEventId = null, HttpClient? client = null, string? id = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/api/v1/conversations/{id ?? _id}/events{(after is null ? "" : $"?after={after}")}", UriKind.Relative));
        request.Headers.Accept.Add(new("text/event-stream"));
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        var answer = await (client ?? _hub.Browser).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _end.Token);
        Assert.Equal("text/event-stream; charset=utf-8", answer.EnsureSuccessStatusCode().Content.Headers.ContentType!.ToString());
        return new Reader(answer, await answer.Content.ReadAsStreamAsync(_end.Token), _end.Token);
    }

    private sealed record ServerEvent(long? Id, string? Name, JsonObject Data);

    private sealed class Reader(HttpResponseMessage answer, Stream body, CancellationToken cancellationToken) : IDisposable
    {
        private readonly StreamReader _lines = new(body);

        public System.Net.Http.Headers.HttpResponseHeaders Headers => answer.Headers;

        public async Task<string?> LineAsync() => await _lines.ReadLineAsync(cancellationToken);

        public async Task<List<ServerEvent>> TakeAsync(int count)
        {
            var taken = new List<ServerEvent>();
            long? id = null;
            string? name = null;
            while (taken.Count < count && await LineAsync() is { } line)
            {
                if (line.StartsWith("id: ", StringComparison.Ordinal)) id = long.Parse(line[4..], CultureInfo.InvariantCulture);
                if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line[7..];
                if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
                taken.Add(new ServerEvent(id, name, JsonNode.Parse(line[6..])!.AsObject()));
                (id, name) = (null, null);
            }
            return taken;
        }

        public void Dispose()
        {
            _lines.Dispose();
            answer.Dispose();
        }
    }
}
