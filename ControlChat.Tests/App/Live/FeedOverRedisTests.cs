using System.Text.Json.Nodes;
using ControlChat.App.Live;
using ControlChat.Core.Bus;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;
using ControlChat.Core.Runner;
using ControlChat.Harness;
using ControlChat.Tests.Core.Bus.Redis;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Live;

/// <summary>What a reader sees while Redis is killed, emptied or stopped under a busy conversation: what the database has, once and in order.</summary>
[Collection(RedisTurns.Name)]
public sealed class FeedOverRedisTests(RedisServer server) : IAsyncLifetime
{
    private const int Events = 200;
    private readonly CancellationTokenSource _end = new(TimeSpan.FromSeconds(90));
    private TestHub _hub = null!;
    private string _id = "";

    public async ValueTask InitializeAsync()
    {
        await server.ReadyAsync();
        _hub = await RedisBuses.StartHubAsync(server.Place);
        _id = (string)(await TestHub.PostAsync(_hub.Browser, "/api/v1/conversations", new { })).Body["id"]!;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _hub.DisposeAsync();
        _end.Dispose();
    }

    [Fact]
    public Task A_kill_and_a_start_with_its_data() => SeeAllAsync(server.KillAsync, server.StartAsync);

    [Fact]
    public Task A_kill_and_a_start_with_nothing() => SeeAllAsync(server.KillAsync, server.StartEmptyAsync);

    [Fact]
    public Task A_flush() => SeeAllAsync(server.FlushAsync, server.FlushAsync);

    [Fact]
    public Task A_server_that_stood_still_for_a_while() => SeeAllAsync(server.PauseAsync, server.ResumeAsync);

    [Fact]
    public async Task A_run_is_worked_on_after_a_flush_and_while_redis_is_away()
    {
        await server.FlushAsync();
        await AnswerAsync("/help");
        await server.KillAsync();
        var answered = AnswerAsync("/help");
        try
        {
            await answered;
        }
        finally
        {
            await server.StartAsync();
        }
    }

    [Fact]
    public async Task An_answer_that_grows_goes_on_with_nothing_missing_after_redis_was_away()
    {
        using var subscription = await _hub.Services.GetRequiredService<ConversationFeeds>().SubscribeAsync(_id, _end.Token);
        var bus = _hub.Services.GetRequiredService<IBus>();
        var answer = new DeltaStream(bus, _id, "msg_1");
        var shown = "";
        _ = Task.Run(async () =>
        {
            await foreach (var item in subscription.Items.ReadAllAsync(_end.Token))
                if (item is FeedItem.Delta delta) shown = delta.Offset == shown.Length ? shown + delta.Text : $"a misfit at {delta.Offset}";
        });
        answer.Text("one ");
        await answer.FlushAsync(_end.Token);
        await Waiting.UntilAsync(() => shown == "one ");
        await server.KillAsync();
        answer.Text("two ");
        await answer.FlushAsync(_end.Token);
        await server.StartEmptyAsync();
        var said = "one two ";
        await Waiting.UntilAsync(
            async () =>
            {
                answer.Text(".");
                said += ".";
                await answer.FlushAsync(_end.Token);
                return shown.StartsWith("one two .", StringComparison.Ordinal);
            }, TimeSpan.FromSeconds(20));
        await Waiting.UntilAsync(() => shown == said);
    }

    [Fact]
    public async Task What_a_process_committed_and_died_before_it_told_is_seen_within_seconds()
    {
        using var subscription = await _hub.Services.GetRequiredService<ConversationFeeds>().SubscribeAsync(_id, _end.Token);
        // As if it had ended between the commit and the wake-up: nobody is told.
        _hub.Services.GetRequiredService<HubDatabase>().Committed = _ => { };
        await WriteAsync(0, 1);
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        Assert.True(await subscription.Items.WaitToReadAsync(soon.Token));
        Assert.True(subscription.Items.TryRead(out var item));
        Assert.Equal(1, Assert.IsType<FeedItem.Stored>(item).Event.Seq);
    }

    // Nothing is written after the fault: what came during it must be found without another wake-up.
    private async Task SeeAllAsync(Func<Task> begin, Func<Task> end)
    {
        using var subscription = await _hub.Services.GetRequiredService<ConversationFeeds>().SubscribeAsync(_id, _end.Token);
        var seen = ReadAsync(subscription);
        var writing = Task.Run(() => WriteAsync(0, Events / 2));
        await begin();
        await writing;
        await WriteAsync(Events / 2, Events / 2);
        await end();
        Assert.Equal(Enumerable.Range(1, Events).Select(n => (long)n), await seen);
    }

    private async Task<List<long>> ReadAsync(FeedSubscription subscription)
    {
        var seen = new List<long>();
        await foreach (var item in subscription.Items.ReadAllAsync(_end.Token))
        {
            if (item is FeedItem.Stored stored) seen.Add(stored.Event.Seq);
            if (seen.Count == Events) break;
        }
        return seen;
    }

    private async Task WriteAsync(int from, int count)
    {
        var log = _hub.Services.GetRequiredService<IConversationLog>();
        for (var i = from; i < from + count; i++)
        {
            await using var transaction = await _hub.Services.GetRequiredService<HubDatabase>().BeginAsync(default);
            await log.AppendAsync(transaction, _id, null, "system", new JsonObject { ["text"] = $"{i}" }, default);
            await transaction.CommitAsync(default);
        }
    }

    private async Task AnswerAsync(string text)
    {
        var (status, body) = await TestHub.PostAsync(_hub.Browser, $"/api/v1/conversations/{_id}/messages", new { text, request_id = $"req-{Guid.NewGuid():n}" });
        Assert.Equal(202, status);
        await Waiting.UntilAsync(async () =>
        {
            var conversation = await TestHub.JsonAsync(_hub.Browser, $"/api/v1/conversations/{_id}");
            return conversation["runs"]!.AsArray().Any(r => (string?)r!["id"] == (string?)body["run_id"] && (string?)r["status"] == "completed");
        }, TimeSpan.FromSeconds(30));
    }
}
