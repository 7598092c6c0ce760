using ControlChat.Core.Runner;
using ControlChat.ScriptedModel;
using ControlChat.Tests.Support;
using Microsoft.Extensions.AI;
using Xunit;

namespace ControlChat.Tests.Core.Runner.OpenAi;

public sealed class OpenAiFailureTests : OpenAiClientTest
{
    public static TheoryData<string, string, string, bool> Statuses()
    {
        var data = new TheoryData<string, string, string, bool>();
        foreach (var api in new[] { "responses", "chat" })
        {
            data.Add(api, "429", "rate_limited", true);
            data.Add(api, "500", "server_error", true);
            data.Add(api, "503", "server_error", true);
            data.Add(api, "400", "rejected", false);
            data.Add(api, "401", "rejected", false);
            data.Add(api, "404", "rejected", false);
            data.Add(api, "cut", "cut", true);
            data.Add(api, "end-early", "cut", true);
            data.Add(api, "garbage", "malformed", false);
            data.Add(api, "failure", "server_error", true);
        }
        return data;
    }

    [Theory, MemberData(nameof(Statuses))]
    public async Task Each_failure_has_its_kind(string api, string fault, string kind, bool transient)
    {
        var thrown = await Fails(Client(api), "FAULT:" + fault);
        Assert.Equal((kind, transient), (thrown.Kind, thrown.IsTransient));
        Assert.DoesNotContain(Key, thrown.ToString(), StringComparison.Ordinal);
        Assert.Single(Server.Requests);
    }

    [Theory]
    [InlineData("401", "OPENAI_API_KEY")]
    [InlineData("404", "Model:Name")]
    [InlineData("400", "Model:Api")]
    public async Task A_rejection_names_the_setting_to_change(string fault, string setting)
    {
        var thrown = await Fails(Client("responses"), "FAULT:" + fault);
        Assert.Contains(setting, thrown.Message, StringComparison.Ordinal);
        Assert.Equal(int.Parse(fault, System.Globalization.CultureInfo.InvariantCulture), thrown.Status);
    }

    [Fact]
    public async Task A_key_that_the_server_repeats_is_taken_out()
    {
        Server.Enqueue(Reply.Error(400, "invalid_request", $"bad key {Key} given"));
        Assert.DoesNotContain(Key, (await Fails(Client("responses"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_used_up_quota_is_not_worth_retrying()
    {
        Server.Enqueue(Reply.Error(429, "insufficient_quota", "You exceeded your quota."));
        var thrown = await Fails(Client("responses"));
        Assert.Equal(("rejected", false), (thrown.Kind, thrown.IsTransient));
    }

    [Theory]
    [InlineData("7", 7.0)]
    [InlineData("0.5", 0.5)]
    [InlineData("Sat, 21 Nov 2026 08:00:30 GMT", 30.0)]
    [InlineData("soon", null)]
    public async Task Retry_after_is_handed_on(string header, double? seconds)
    {
        Server.Enqueue(Reply.Error(429, "rate_limit_exceeded", "Slow down.", header));
        var thrown = await Fails(Client("chat", time: new FakeTime()));
        Assert.Equal(seconds, thrown.RetryAfter?.TotalSeconds);
    }

    [Theory, InlineData("responses"), InlineData("chat")]
    public async Task No_event_for_the_stall_timeout_is_a_stall_and_comments_are_no_events(string api)
    {
        var time = new FakeTime();
        Server.Enqueue(Reply.Of(new Step.Text("Half an "), new Step.Comment(), new Step.Comment(), new Step.Stall()));
        await using var updates = Client(api, TimeSpan.FromSeconds(30), time).GetStreamingResponseAsync(Ask()).GetAsyncEnumerator();
        Assert.True(await updates.MoveNextAsync());
        var next = updates.MoveNextAsync();
        Assert.False(next.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(next.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));
        var thrown = await Assert.ThrowsAsync<ModelException>(async () => await next);
        Assert.Equal("stalled", thrown.Kind);
        Assert.Contains("30 s", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_reader_is_no_stall()
    {
        var time = new FakeTime();
        Server.Enqueue(Reply.Text("One two three."));
        var text = "";
        await foreach (var update in Client("responses", TimeSpan.FromSeconds(30), time).GetStreamingResponseAsync(Ask()))
        {
            text += update.Text;
            time.Advance(TimeSpan.FromMinutes(5));
        }
        Assert.Equal("One two three.", text);
    }

    [Theory, InlineData("responses"), InlineData("chat")]
    public async Task A_server_that_is_not_there_is_unreachable_and_the_badge_says_when_it_is_tried_again(string api)
    {
        var time = new FakeTime();
        var health = new ModelHealth(time);
        var client = Client(api, endpoint: "http://127.0.0.1:1/v1", time: time, health: health);
        var thrown = await Fails(client);
        Assert.Equal(("unreachable", true), (thrown.Kind, thrown.IsTransient));
        Assert.Contains("Model:Endpoint", thrown.Message, StringComparison.Ordinal);
        Assert.Equal((false, time.GetUtcNow().AddSeconds(8)), (health.Reachable, health.RetryAt));
        await Fails(client);
        Assert.Equal(time.GetUtcNow().AddSeconds(16), health.RetryAt);
    }

    [Fact]
    public async Task A_success_clears_the_badge()
    {
        var health = new ModelHealth(TimeProvider.System);
        health.Failed(new ModelException(ModelFault.Unreachable, "gone"));
        await Client("responses", health: health).GetResponseAsync(Ask());
        Assert.Equal((true, null, null), (health.Reachable, health.LastError, health.RetryAt));
    }

    [Theory, InlineData("responses"), InlineData("chat")]
    public async Task A_page_instead_of_an_event_stream_is_malformed(string api)
    {
        Server.Enqueue(Reply.Text("x") with { ContentType = "text/html" });
        var thrown = await Fails(Client(api));
        Assert.Equal("malformed", thrown.Kind);
        Assert.Contains("Model:Endpoint", thrown.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData("responses"), InlineData("chat")]
    public async Task What_came_before_the_cut_was_shown_but_the_answer_is_no_success(string api)
    {
        var seen = new List<ChatResponseUpdate>();
        await Fails(Client(api), "FAULT:end-early", seen);
        Assert.Equal("Half an ", string.Concat(seen.Select(u => u.Text)));
        Assert.All(seen, u => Assert.Null(u.FinishReason));
    }

    [Fact]
    public void Options_do_not_print_the_key()
    {
        using var client = Client("chat");
        Assert.DoesNotContain(Key, client.Options.ToString(), StringComparison.Ordinal);
    }
}
