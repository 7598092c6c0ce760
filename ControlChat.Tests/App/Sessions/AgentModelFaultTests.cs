using System.Diagnostics;
using System.Text.Json.Nodes;
using ControlChat.Core.Sessions;
using ControlChat.ScriptedModel;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Sessions;

/// <summary>What an agent hears when its session, the model or the hub fails, and what that costs.</summary>
public sealed class AgentModelFaultTests
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(400, "context_length_exceeded", "context_length_exceeded")]
    [InlineData(401, "invalid_api_key", "invalid_api_key")]
    [InlineData(404, "model_not_found", "model_not_found")]
    [InlineData(429, "insufficient_quota", "insufficient_quota")]
    [InlineData(429, "Rate limit <b>", "model_429")]
    [InlineData(500, "server_error", "server_error")]
    [InlineData(503, "overloaded", "overloaded")]
    public async Task The_models_status_and_code_pass_and_its_words_do_not(int status, string code, string passed)
    {
        await using var bench = await AgentModelBench.StartAsync();
        bench.Model.Enqueue(Reply.Error(status, code, $"At {bench.Model.Url} with {AgentModelBench.Key} for org-hub.", retryAfter: status == 429 ? "7" : null));
        using var answer = await bench.PostAsync(AgentModelBench.Body("Hi"));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(passed, JsonNode.Parse(text)!["error"]!["code"]!.GetValue<string>());
        Assert.Equal(status == 429 ? "7" : null, answer.Headers.RetryAfter?.ToString());
        foreach (var secret in new[] { AgentModelBench.Key, "org-hub", new Uri(bench.Model.Url).Port.ToString(System.Globalization.CultureInfo.InvariantCulture) }) Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        Assert.Equal(0, (await bench.ReadAsync()).UsedTokens);
        var reasons = (await bench.RefusalRowsAsync()).Select(r => JsonNode.Parse(r)!["data"]!["reason"]!.GetValue<string>());
        Assert.Equal(status < 500 ? ["model_refused"] : [], reasons);
    }

    [Fact]
    public async Task A_model_that_is_down_is_a_502_that_names_no_address()
    {
        await using var gone = await ScriptedModelServer.StartAsync();
        var url = gone.Url;
        await gone.DisposeAsync();
        await using var bench = await AgentModelBench.StartAsync(endpoint: url);
        var (status, code, text) = await bench.ErrorAsync(AgentModelBench.Body("Hi"));
        Assert.Equal((502, "model_unreachable"), (status, code));
        Assert.DoesNotContain("127.0.0.1", text, StringComparison.Ordinal);
        Assert.Equal(0, (await bench.ReadAsync()).UsedTokens);
    }

    [Fact]
    public async Task A_model_of_another_kind_is_a_502()
    {
        await using var bench = await AgentModelBench.StartAsync();
        bench.Model.Enqueue(Reply.Text("Hi") with { ContentType = "text/html" });
        Assert.Equal((502, "model_unfit"), ((await bench.ErrorAsync(AgentModelBench.Body("Hi"))) is var e ? (e.Status, e.Code) : default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_that_breaks_off_breaks_off_for_the_agent_and_costs_what_is_known(bool cut)
    {
        await using var bench = await AgentModelBench.StartAsync();
        var go = new TaskCompletionSource();
        bench.Model.Enqueue(Reply.Of(new Step.Text("Half an "), new Step.WaitFor(go.Task), cut ? new Step.Cut() : new Step.Stall()));
        using var answer = await bench.PostAsync(AgentModelBench.Body("Hi"));
        await using var stream = await answer.Content.ReadAsStreamAsync();
        // What is cut off before it was sent on, was not said.
        var said = "";
        for (var buffer = new byte[256]; !said.Contains("Half an ", StringComparison.Ordinal);) said += System.Text.Encoding.UTF8.GetString(buffer, 0, await stream.ReadAtLeastAsync(buffer, 1));
        go.SetResult();
        await Assert.ThrowsAnyAsync<IOException>(() => stream.CopyToAsync(Stream.Null));
        await CountedAsync(bench, 1);
    }

    [Fact]
    public async Task One_that_breaks_off_before_it_began_is_a_502()
    {
        await using var upstream = new SilentUpstream(closes: true);
        await using var bench = await AgentModelBench.StartAsync(endpoint: upstream.Url);
        Assert.Equal((502, "model_unreachable"), ((await bench.ErrorAsync(AgentModelBench.Body("Hi"))) is var e ? (e.Status, e.Code) : default));
        await CountedAsync(bench, 0);
    }

    [Fact]
    public async Task A_model_that_says_nothing_at_all_is_a_504()
    {
        await using var bench = await AgentModelBench.StartAsync();
        await using var silent = new SilentUpstream();
        await using var other = await AgentModelBench.StartAsync(endpoint: silent.Url);
        Assert.Equal((504, "model_silent"), ((await other.ErrorAsync(AgentModelBench.Body("Hi"))) is var e ? (e.Status, e.Code) : default));
        await CountedAsync(other, 0);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("end-early")]
    [InlineData("failure")]
    public async Task What_the_model_says_wrongly_passes_and_costs_what_is_known(string fault)
    {
        await using var bench = await AgentModelBench.StartAsync();
        var text = await bench.TextAsync(AgentModelBench.Body($"FAULT:{fault}"));
        Assert.Contains("Half an ", text, StringComparison.Ordinal);
        if (fault != "garbage") Assert.DoesNotContain("response.completed", text, StringComparison.Ordinal);
        Assert.True((await bench.ReadAsync()).UsedTokens > 0);
    }

    [Fact]
    public async Task An_agent_that_leaves_pays_what_the_model_says_at_its_end()
    {
        await using var bench = await AgentModelBench.StartAsync();
        var go = new TaskCompletionSource();
        bench.Model.Enqueue(Reply.Of(new Step.Text("a"), new Step.WaitFor(go.Task), new Step.Text("b")));
        await LeaveAsync(bench);
        go.SetResult();
        Assert.False(await bench.Model.Requests.Single().Aborted.WaitAsync(TimeSpan.FromSeconds(30)));
        await CountedAsync(bench, 20);
        Assert.Equal(100, (await bench.ReadAsync()).InputTokens);
    }

    [Fact]
    public async Task One_whose_answer_never_ends_pays_for_the_time_and_ends_the_models_work()
    {
        await using var bench = await AgentModelBench.StartAsync();
        bench.Model.Enqueue(Reply.Of(new Step.Text("a"), new Step.Stall()));
        await LeaveAsync(bench);
        Assert.True(await bench.Model.Requests.Single().Aborted.WaitAsync(TimeSpan.FromSeconds(30)));
        await PaidForLeavingAsync(bench);
    }

    [Fact]
    public async Task One_that_leaves_before_the_model_said_a_word_does_too()
    {
        await using var upstream = new SilentUpstream();
        await using var bench = await AgentModelBench.StartAsync(endpoint: upstream.Url);
        var asked = bench.PostAsync(AgentModelBench.Body("Hi", stream: false));
        await Waiting.UntilAsync(() => upstream.Held == 1);
        bench.Agent.CancelPendingRequests();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await PaidForLeavingAsync(bench);
    }

    [Theory]
    [InlineData("end")]
    [InlineData("freeze")]
    [InlineData("archive")]
    public async Task A_session_that_may_no_more_is_cut_off_in_the_middle_within_two_seconds(string how)
    {
        await using var bench = await AgentModelBench.StartAsync();
        bench.Model.Enqueue(Reply.Of(new Step.Text("a"), new Step.Stall()));
        using var answer = await bench.PostAsync(AgentModelBench.Body("Hi"));
        await using var stream = await answer.Content.ReadAsStreamAsync();
        Assert.True(await stream.ReadAsync(new byte[64]) > 0);
        await StopAsync(bench, how);
        var since = Stopwatch.GetTimestamp();
        await Assert.ThrowsAnyAsync<IOException>(() => stream.CopyToAsync(Stream.Null));
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, _soon);
        Assert.True(await bench.Model.Requests.Single().Aborted.WaitAsync(TimeSpan.FromSeconds(10)));
        await PaidForLeavingAsync(bench);
        Assert.Equal(how == "freeze" ? 423 : 403, (await bench.ErrorAsync(AgentModelBench.Body("Hi"))).Status);
    }

    [Fact]
    public async Task After_the_end_the_handle_is_refused_with_the_reason_and_one_row()
    {
        await using var bench = await AgentModelBench.StartAsync();
        await StopAsync(bench, "end");
        for (var i = 0; i < 3; i++)
        {
            var (status, code, text) = await bench.ErrorAsync(AgentModelBench.Body("Hi"));
            Assert.Equal((403, "session_ended"), (status, code));
            Assert.Contains("stopped", text, StringComparison.Ordinal);
        }
        Assert.Equal("ended", JsonNode.Parse(Assert.Single(await bench.RefusalRowsAsync()))!["data"]!["reason"]!.GetValue<string>());
        var (_, expired) = await bench.NewSessionAsync(life: TimeSpan.FromMilliseconds(-1));
        Assert.Equal((403, "session_expired"), ((await bench.ErrorAsync(AgentModelBench.Body("Hi"), bench.ClientOf(expired))) is var e ? (e.Status, e.Code) : default));
        Assert.Empty(bench.Model.Requests);
    }

    [Fact]
    public async Task Neither_key_nor_handle_is_ever_in_the_log()
    {
        await using var bench = await AgentModelBench.StartAsync();
        await bench.TextAsync(AgentModelBench.Body("Hi"));
        bench.Model.Enqueue(Reply.Error(401, "invalid_api_key", $"Bad key {AgentModelBench.Key}"));
        await bench.ErrorAsync(AgentModelBench.Body("Hi"));
        await StopAsync(bench, "end");
        await bench.ErrorAsync(AgentModelBench.Body("Hi"));
        var log = bench.Hub.Log.Text;
        Assert.NotEmpty(log);
        Assert.DoesNotContain(AgentModelBench.Key, log, StringComparison.Ordinal);
        Assert.DoesNotContain(bench.Handle.Secret, log, StringComparison.Ordinal);
    }

    private static Task StopAsync(AgentModelBench bench, string how) => how switch
    {
        "end" => SessionBench.EndAsync(bench.Database, bench.Session.Id, SessionEnd.Stopped),
        "freeze" => WriteAsync(bench, "insert into freezes (id, scope, target, reason, set_by, set_at) values ('frz_1', 'hub', null, 'Drill.', 'acc_1', hub_now())"),
        _ => WriteAsync(bench, "update workspaces set state = 'archived'"),
    };

    private static Task<int> WriteAsync(AgentModelBench bench, string sql) => bench.Database.WriteAsync(t => t.ExecuteAsync(sql, null, default));

    private static Task CountedAsync(AgentModelBench bench, long output) =>
        Waiting.UntilAsync(async () => await bench.ReadAsync() is { InputTokens: > 0 } session && session.OutputTokens == output);

    private static Task PaidForLeavingAsync(AgentModelBench bench) =>
        Waiting.UntilAsync(async () => await bench.ReadAsync() is { InputTokens: > 0, OutputTokens: >= 2_000 and <= 32_000 });

    // In the middle of the answer, and returns when the hub has seen it.
    private static async Task LeaveAsync(AgentModelBench bench)
    {
        using (var answer = await bench.PostAsync(AgentModelBench.Body("Hi")))
        {
            await using var stream = await answer.Content.ReadAsStreamAsync();
            Assert.True(await stream.ReadAsync(new byte[64]) > 0);
        }
        await Waiting.UntilAsync(() => bench.Hub.Log.Text.Contains("An agent left", StringComparison.Ordinal));
    }
}
