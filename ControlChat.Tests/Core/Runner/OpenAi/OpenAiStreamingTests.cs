using System.Text.Json;
using ControlChat.Core.Runner.OpenAi;
using ControlChat.ScriptedModel;
using Microsoft.Extensions.AI;
using Xunit;

namespace ControlChat.Tests.Core.Runner.OpenAi;

public sealed class OpenAiStreamingTests : OpenAiClientTest
{
    [Theory, InlineData("responses"), InlineData("chat")]
    public async Task Text_arrives_as_deltas_and_ends_with_usage(string api)
    {
        Server.Enqueue(Reply.Text("One two three.") with { InputTokens = 7, OutputTokens = 3 });
        var updates = await Client(api).GetStreamingResponseAsync(Ask()).ToListAsync();
        Assert.Equal(["One ", "two ", "three."], updates.Where(u => u.Text.Length > 0).Select(u => u.Text));
        Assert.Equal(ChatFinishReason.Stop, updates[^1].FinishReason);
        var usage = Assert.Single(updates[^1].Contents.OfType<UsageContent>()).Details;
        Assert.Equal((7, 3, 10), (usage.InputTokenCount, usage.OutputTokenCount, usage.TotalTokenCount));
    }

    [Theory, InlineData("responses"), InlineData("chat")]
    public async Task A_delta_is_there_before_the_answer_is_whole(string api)
    {
        var go = new TaskCompletionSource();
        Server.Enqueue(Reply.Of(new Step.Text("first "), new Step.WaitFor(go.Task), new Step.Text("second")));
        await using var updates = Client(api).GetStreamingResponseAsync(Ask()).GetAsyncEnumerator();
        Assert.True(await updates.MoveNextAsync());
        Assert.Equal("first ", updates.Current.Text);
        go.SetResult();
        Assert.True(await updates.MoveNextAsync());
        Assert.Equal("second", updates.Current.Text);
    }

    [Theory, InlineData("responses"), InlineData("chat")]
    public async Task Reasoning_is_kept_apart_from_text(string api)
    {
        Server.Enqueue(Reply.Of(new Step.Reasoning("Let me "), new Step.Reasoning("think."), new Step.Text("Done.")));
        var updates = await Client(api).GetStreamingResponseAsync(Ask()).ToListAsync();
        Assert.Equal("Let me think.", string.Concat(updates.SelectMany(u => u.Contents).OfType<TextReasoningContent>().Select(r => r.Text)));
        Assert.Equal("Done.", string.Concat(updates.Select(u => u.Text)));
    }

    [Theory, InlineData("responses", 1), InlineData("responses", 7), InlineData("chat", 1), InlineData("chat", 7)]
    public async Task Parallel_calls_with_split_arguments_are_put_together(string api, int pieces)
    {
        Server.Enqueue(Reply.Of(new Step.Calls([new("workspace_list", """{"text":"Zürich","limit":5}""", "call_a"), new("config_get", "{}", "call_b"), new("logs_search", "", "call_c")], pieces)));
        var response = await Client(api).GetResponseAsync(Ask());
        var calls = response.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>().ToList();
        Assert.Equal(["call_a", "call_b", "call_c"], calls.Select(c => c.CallId));
        Assert.Equal(["workspace_list", "config_get", "logs_search"], calls.Select(c => c.Name));
        Assert.Equal("Zürich", ((JsonElement)calls[0].Arguments!["text"]!).GetString());
        Assert.Equal(5, ((JsonElement)calls[0].Arguments!["limit"]!).GetInt32());
        Assert.Empty(calls[2].Arguments!);
        Assert.Equal(ChatFinishReason.ToolCalls, response.FinishReason);
    }

    [Theory]
    [InlineData("responses", """{"text": "a""")]
    [InlineData("responses", "[1]")]
    [InlineData("responses", """{"text":"a","text":"b"}""")]
    [InlineData("chat", """{"text": "a""")]
    [InlineData("chat", "rename it")]
    public async Task Arguments_that_are_no_object_reach_the_caller_as_the_model_wrote_them(string api, string arguments)
    {
        Server.Enqueue(Reply.Calls(new ScriptedCall("workspace_list", arguments)));
        var call = (await Client(api).GetResponseAsync(Ask())).Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>().Single();
        Assert.Null(call.Arguments);
        Assert.Equal(arguments, call.AdditionalProperties![ToolArguments.Raw]);
    }

    [Theory, InlineData("responses"), InlineData("chat")]
    public async Task An_answer_cut_by_the_length_limit_says_so(string api)
    {
        Server.Enqueue(Reply.Of(new Step.Text("Half"), new Step.OutOfTokens()));
        Assert.Equal(ChatFinishReason.Length, (await Client(api).GetResponseAsync(Ask())).FinishReason);
    }

    [Theory, InlineData("responses"), InlineData("chat")]
    public async Task Events_of_an_unknown_kind_are_passed_over(string api)
    {
        Server.Enqueue(Reply.Of(new Step.Raw("""{"type":"response.something_new","delta":{"a":1},"choices":[]}"""), new Step.Comment(), new Step.Text("Fine.")));
        Assert.Equal("Fine.", (await Client(api).GetResponseAsync(Ask())).Text);
    }

    [Theory, InlineData("responses"), InlineData("chat")]
    public async Task Cancelling_stops_the_answer_and_closes_the_connection(string api)
    {
        Server.Enqueue(Reply.Of(new Step.Text("Half an "), new Step.Stall()));
        using var cancel = new CancellationTokenSource();
        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in Client(api).GetStreamingResponseAsync(Ask(), null, cancel.Token)) await cancel.CancelAsync();
        });
        Assert.Equal(cancel.Token, thrown.CancellationToken);
        Assert.True(await Server.Requests[0].Aborted.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Theory, InlineData("responses"), InlineData("chat")]
    public async Task Leaving_the_answer_early_closes_the_connection(string api)
    {
        Server.Enqueue(Reply.Of(new Step.Text("Half an "), new Step.Stall()));
        await foreach (var _ in Client(api).GetStreamingResponseAsync(Ask())) break;
        Assert.True(await Server.Requests[0].Aborted.WaitAsync(TimeSpan.FromSeconds(10)));
    }
}
