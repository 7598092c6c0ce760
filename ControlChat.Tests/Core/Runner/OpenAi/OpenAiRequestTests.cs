using System.Text.Json;
using ControlChat.ScriptedModel;
using Microsoft.Extensions.AI;
using Xunit;

namespace ControlChat.Tests.Core.Runner.OpenAi;

public sealed class OpenAiRequestTests : OpenAiClientTest
{
    [Theory, InlineData("responses"), InlineData("chat")]
    public async Task A_history_with_calls_and_results_comes_back_with_the_same_ids(string api)
    {
        var client = Client(api);
        var history = Ask("List the workspaces.");
        Server.Enqueue(Reply.Of(new Step.Text("Looking. "), new Step.Calls([new("workspace_list", """{"text":"a"}""", "call_1"), new("config_get", "not json", "call_2")])));
        var first = await client.GetResponseAsync(history, Tools("workspace.list", "config.get"));
        foreach (var message in first.Messages) history.Add(message);
        history.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent("call_1", JsonSerializer.SerializeToElement(new { status = "completed" })), new FunctionResultContent("call_2", "no")]));
        Server.Enqueue(Reply.Text("Done."));
        await client.GetResponseAsync(history, Tools("workspace.list", "config.get"));
        var sent = Server.Requests[1].Request;
        Assert.Equal(
            [("system", null, "You run a hub."), ("user", null, "List the workspaces."), ("assistant", null, "Looking. "), ("call", "call_1", """{"text":"a"}"""), ("call", "call_2", "not json"), ("result", "call_1", """{"status":"completed"}"""), ("result", "call_2", "no")],
            sent.Items.Select(i => (i.Kind, i.CallId, i.Text)));
        Assert.Equal("Bearer " + Key, sent.Authorization);
    }

    [Theory, InlineData("responses"), InlineData("chat")]
    public async Task Dotted_names_are_underscored_on_the_wire_in_tools_and_history(string api)
    {
        IList<ChatMessage> history = [.. Ask(), new(ChatRole.Assistant, [new FunctionCallContent("c1", "workspace.list", new Dictionary<string, object?> { ["limit"] = 3 })]), new(ChatRole.Tool, [new FunctionResultContent("c1", "x")])];
        await Client(api).GetResponseAsync(history, Tools("workspace.list", "ui_action"));
        var sent = Server.Requests[0].Request;
        Assert.Equal(["workspace_list", "ui_action"], sent.Tools);
        Assert.Equal(("workspace_list", """{"limit":3}"""), sent.Items.Where(i => i.Kind == "call").Select(i => (i.Name, i.Text)).Single());
    }

    [Fact]
    public async Task Nothing_is_kept_at_the_provider()
    {
        await Client("responses").GetResponseAsync(Ask());
        Assert.False(Server.Requests[0].Request.Body.GetProperty("store").GetBoolean());
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}""", true)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","items":{"type":"string"}}},"required":["a"],"additionalProperties":false}""", true)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}""", false)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","maxLength":5}},"required":["a"],"additionalProperties":false}""", false)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}""", false)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object"}},"required":["a"],"additionalProperties":false}""", false)]
    [InlineData("""{"type":"object","properties":{"a":{}},"required":["a"],"additionalProperties":false}""", false)]
    public async Task Strict_is_asked_for_only_where_every_server_takes_it_and_the_schema_goes_as_given(string schema, bool strict)
    {
        var tool = AIFunctionFactory.CreateDeclaration("workspace.get", "Gets.", JsonSerializer.Deserialize<JsonElement>(schema), null);
        await Client("responses").GetResponseAsync(Ask(), new ChatOptions { Tools = [tool] });
        var sent = Server.Requests[0].Request.Body.GetProperty("tools")[0];
        Assert.Equal(strict, sent.GetProperty("strict").GetBoolean());
        Assert.Equal(schema, sent.GetProperty("parameters").GetRawText());
    }

    [Fact]
    public async Task Requests_of_many_runs_share_connections()
    {
        var client = Client("responses");
        for (var i = 0; i < 20; i++) await client.GetResponseAsync(Ask($"SCENARIO:T0:D{i}"));
        Assert.Equal(20, Server.Requests.Count);
        Assert.InRange(Server.Connections, 1, 3);
    }
}
