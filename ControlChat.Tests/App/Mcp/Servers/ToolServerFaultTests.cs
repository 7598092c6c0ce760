using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Mcp.Servers;
using ControlChat.Core.Settings;
using ControlChat.Harness;
using ControlChat.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace ControlChat.Tests.App.Mcp.Servers;

/// <summary>Servers that are away, slow, broken or hostile.</summary>
public sealed class ToolServerFaultTests
{
    [Fact]
    public async Task A_server_that_is_away_is_named_and_comes_back_by_itself()
    {
        await using var bench = await ToolServerBench.StartAsync();
        var (_, asked) = await bench.CallAsync("write_page", new { title = "A", text = "b" });
        await bench.Server.StopAsync();

        var (_, read) = await bench.CallAsync("search", new { query = "x" });
        Assert.Equal("server_unavailable", Code(read));
        Assert.Contains("'wiki' cannot be reached", Message(read), StringComparison.Ordinal);

        var (_, outcome) = await bench.ApproveAsync(asked);
        Assert.Equal("server_unavailable", Code(outcome));
        Assert.Contains("not sent", Message(outcome), StringComparison.Ordinal);

        await bench.Servers.LookAsync(default);
        Assert.Contains("cannot be reached", bench.Servers.Servers[0].Fault, StringComparison.Ordinal);
        Assert.Empty(Offered(bench));

        await bench.Server.BeginAsync();
        await Waiting.UntilAsync(async () => (await bench.CallAsync("search", new { query = "x" })).Status == 200);
    }

    [Fact]
    public async Task A_server_that_forgot_the_hub_is_greeted_anew()
    {
        await using var bench = await ToolServerBench.StartAsync();
        await bench.Server.StopAsync();
        await bench.Server.BeginAsync();
        Assert.Equal(200, (await bench.CallAsync("search", new { query = "x" })).Status);
        var (_, asked) = await bench.CallAsync("write_page", new { title = "A", text = "b" });
        Assert.Equal(200, (await bench.ApproveAsync(asked)).Status);
        Assert.Equal(2, bench.Server.Calls.Count);
    }

    [Fact]
    public async Task A_server_that_was_away_at_the_start_is_found_later()
    {
        await using var bench = await ToolServerBench.StartAsync(before: s => s.First = async context =>
        {
            context.Response.StatusCode = 503;
            await context.Response.CompleteAsync();
            return true;
        });
        Assert.Empty(Offered(bench));
        Assert.NotNull(bench.Servers.Servers[0].Fault);
        bench.Server.First = _ => Task.FromResult(false);
        await Waiting.UntilAsync(() => Offered(bench).Length == 2);
    }

    [Fact]
    public async Task A_call_whose_end_the_hub_did_not_see_is_never_sent_again_and_says_so()
    {
        await using var bench = await ToolServerBench.StartAsync();
        var arrived = new TaskCompletionSource();
        bench.Server.Answer = async (_, _) =>
        {
            arrived.TrySetResult();
            await Task.Delay(Timeout.Infinite);
            return new JsonObject();
        };
        var (_, asked) = await bench.CallAsync("write_page", new { title = "A", text = "b" }, "request-lost");
        var approving = bench.ApproveAsync(asked);
        await arrived.Task;
        await bench.Hub.RestartAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => approving);

        var outcome = await Waiting.ForAsync(async () =>
            (await TestHub.JsonAsync(bench.Hub.Browser, $"/api/v1/approvals/{asked["approval_id"]!.GetValue<string>()}"))["outcome"] as JsonObject);
        Assert.Equal("outcome_unknown", Code(outcome));
        Assert.Contains("look there before you ask again", Message(outcome), StringComparison.Ordinal);
        Assert.Single(bench.Server.Calls);
    }

    [Fact]
    public async Task A_server_that_breaks_off_in_the_middle_of_a_write_leaves_its_end_unknown()
    {
        await using var bench = await ToolServerBench.StartAsync();
        bench.Server.Answer = (_, _) => throw new IOException("off");
        var (_, asked) = await bench.CallAsync("write_page", new { title = "A", text = "b" });
        var (_, outcome) = await bench.ApproveAsync(asked);
        Assert.Equal("outcome_unknown", Code(outcome));
        Assert.Single(bench.Server.Calls);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up_after_its_time()
    {
        var time = new FakeTime();
        await using var bench = await ToolServerBench.StartAsync(time);
        var arrived = new TaskCompletionSource();
        bench.Server.Answer = async (_, _) =>
        {
            arrived.TrySetResult();
            await Task.Delay(Timeout.Infinite);
            return new JsonObject();
        };
        var calling = bench.CallAsync("search", new { query = "x" });
        await arrived.Task;
        time.Advance(ServerLimits.Call + TimeSpan.FromSeconds(1));
        var (_, body) = await calling;
        Assert.Contains("did not answer within 60 s", Message(body), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("write_page")]
    [InlineData("search")]
    public async Task An_answer_without_end_is_cut_off(string tool)
    {
        await using var bench = await ToolServerBench.StartAsync();
        bench.Server.Answer = (_, _) => Task.FromResult<JsonNode>(ToolServerStub.Text(new string('x', ServerLimits.MostBytes + 1)));
        var (_, body) = await bench.CallAsync(tool, tool == "search" ? new { query = "x" } : new { title = "A", text = "b" });
        if (tool == "write_page") (_, body) = await bench.ApproveAsync(body);
        Assert.NotEqual("completed", ToolServerBench.StatusOf(body));
        Assert.DoesNotContain("xxxx", body.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_answer_is_shortened_and_what_is_no_text_is_named()
    {
        await using var bench = await ToolServerBench.StartAsync();
        bench.Server.Answer = (_, _) => Task.FromResult<JsonNode>(new JsonObject
        {
            ["content"] = new JsonArray(
                new JsonObject { ["type"] = "text", ["text"] = new string('y', ServerLimits.MostText + 7) },
                new JsonObject { ["type"] = "image", ["data"] = "AAAA", ["mimeType"] = "image/png" }),
        });
        var (_, body) = await bench.CallAsync("search", new { query = "x" });
        Assert.Equal(ServerLimits.MostText, body["result"]!["text"]!.GetValue<string>().Length);
        Assert.Equal(["7 characters of text", "1 image"], body["result"]!["left_out"]!.AsArray().Select(l => l!.GetValue<string>()));
    }

    [Fact]
    public async Task It_is_not_sent_elsewhere()
    {
        await using var elsewhere = await ToolServerStub.StartAsync();
        await using var bench = await ToolServerBench.StartAsync(before: s => s.First = context =>
        {
            context.Response.Redirect(elsewhere.Url, permanent: false, preserveMethod: true);
            return Task.FromResult(true);
        });
        Assert.Empty(Offered(bench));
        Assert.Empty(elsewhere.Credentials);
    }

    [Fact]
    public async Task Names_and_schemas_that_cannot_be_offered_are_left_out_with_the_reason()
    {
        await using var bench = await ToolServerBench.StartAsync(before: s =>
        {
            s.Tools.Clear();
            s.Tools.AddRange([
                ToolServerStub.Tool("ok", "Fine."), ToolServerStub.Tool("bad name", "x"), ToolServerStub.Tool("täuschend", "x"), ToolServerStub.Tool(new string('n', 60), "x"),
                ToolServerStub.Tool("a.b", "x"), ToolServerStub.Tool("a_b", "x"), ToolServerStub.Tool("ok", "The same name again."),
                new JsonObject { ["name"] = "weird", ["inputSchema"] = JsonNode.Parse("""{"type":"object","properties":{"a":{"type":7}}}""") },
                new JsonObject { ["name"] = "bound", ["inputSchema"] = JsonNode.Parse("""{"type":"object","properties":{"a":{"type":"string","maxLength":1e30}}}""") },
                ToolServerStub.Tool("long", new string('d', ServerLimits.MostDefinition)),
            ]);
        });
        Assert.Equal(["mcp.wiki.ok", "mcp.wiki.a.b"], Offered(bench));
        var refused = bench.Servers.Servers[0].Tools.Where(t => t.State == ServerToolState.Refused).ToList();
        Assert.Equal(7, refused.Count);
        Assert.All(refused, t => Assert.NotEmpty(t.Fault!));
        Assert.Contains("Fine.", bench.Hub.Services.GetRequiredService<IToolCatalog>().Find("mcp.wiki.ok")!.Definition.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_without_end_is_cut()
    {
        await using var bench = await ToolServerBench.StartAsync(before: s => s.Tools.AddRange(Enumerable.Range(0, 500).Select(i => ToolServerStub.Tool($"t{i}", "x"))));
        Assert.Equal(ServerLimits.MostOffered, Offered(bench).Length);
        Assert.Equal(ServerLimits.MostTools, bench.Servers.Servers[0].Tools.Count);
        Assert.Contains(bench.Servers.Servers[0].Tools, t => t.Fault == "A model is offered at most 64 tools of outside servers.");
    }

    [Fact]
    public async Task Names_that_are_others_each_time_are_pinned_up_to_a_bound()
    {
        await using var bench = await ToolServerBench.StartAsync();
        for (var round = 0; round < 5; round++)
        {
            bench.Server.Tools.Clear();
            bench.Server.Tools.AddRange(Enumerable.Range(0, ServerLimits.MostTools).Select(i => ToolServerStub.Tool($"t{round}_{i}", "x")));
            await bench.Servers.LookAsync(default);
        }
        await using var reader = await bench.Hub.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        Assert.InRange(await reader.FindAsync<long>("select count(*) from mcp_tools", null, default), ServerLimits.MostTools, ServerLimits.MostPins);
        Assert.Contains(bench.Servers.Servers[0].Tools, t => t.Fault == "The server has shown more tools than are kept.");
    }

    [Theory]
    [InlineData("""[null, {"name":"fine","inputSchema":{"type":"object"}}]""")]
    [InlineData("""[{"name":null,"inputSchema":{"type":"object"}}, {"name":"fine","inputSchema":{"type":"object"}}]""")]
    [InlineData("""[{"name":"twice","inputSchema":{"type":"object","properties":{"a":{"type":"string","type":"integer"}}}}, {"name":"fine","inputSchema":{"type":"object"}}]""")]
    public async Task One_malformed_tool_does_not_take_the_others_along(string tools)
    {
        await using var bench = await ToolServerBench.StartAsync(before: s => s.RawTools = tools);
        Assert.Equal(["mcp.wiki.fine"], Offered(bench));
        var (_, asked) = await bench.CallAsync("fine", new { });
        Assert.Equal("completed", ToolServerBench.StatusOf((await bench.ApproveAsync(asked)).Body));
    }

    [Theory]
    [InlineData("""{"tools":7}""")]
    [InlineData("""{"tools":[7]}""")]
    [InlineData("""{"tools":[{"name":"half","description":"\uD800","inputSchema":{"type":"object"}}]}""")]
    public async Task A_list_that_is_none_is_looked_at_again(string answer)
    {
        await using var bench = await ToolServerBench.StartAsync(before: s => s.RawList = answer);
        Assert.Empty(Offered(bench));
        bench.Server.RawList = null;
        await Waiting.UntilAsync(() => Offered(bench).Length == 2);
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(60, false)]
    [InlineData(61, false)]
    [InlineData(62, false)]
    public async Task Deep_content_leaves_nobody_waiting(int depth, bool kept)
    {
        await using var bench = await ToolServerBench.StartAsync();
        JsonNode deep = new JsonObject { ["end"] = true };
        for (var i = 1; i < depth; i++) deep = new JsonObject { ["d"] = deep };
        bench.Server.Answer = (_, _) => Task.FromResult<JsonNode>(new JsonObject { ["content"] = new JsonArray(), ["structuredContent"] = deep.DeepClone() });
        var (_, asked) = await bench.CallAsync("write_page", new { title = "A", text = "b" });
        var (_, outcome) = await bench.ApproveAsync(asked);
        if (kept) Assert.NotNull(outcome["result"]!["structured"]);
        else Assert.Null(outcome["result"]?["structured"]);
        Assert.Equal("consumed", (await TestHub.JsonAsync(bench.Hub.Browser, $"/api/v1/approvals/{asked["approval_id"]!.GetValue<string>()}"))["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Content_that_is_null_is_no_fault()
    {
        await using var bench = await ToolServerBench.StartAsync();
        bench.Server.Answer = (_, _) => Task.FromResult<JsonNode>(new JsonObject { ["content"] = new JsonArray(null, new JsonObject { ["type"] = "text", ["text"] = "still" }) });
        var (_, body) = await bench.CallAsync("search", new { query = "x" });
        Assert.Equal("still", body["result"]?["text"]?.GetValue<string>());
    }

    [Fact]
    public async Task What_came_back_is_kept_while_the_database_is_away()
    {
        await using var bench = await ToolServerBench.StartAsync();
        var database = bench.Hub.Services.GetRequiredService<HubDatabase>();
        IHubTransaction? writer = null;
        bench.Server.Answer = async (_, arguments) =>
        {
            // The one writer, for longer than anybody waits for it.
            writer = await database.BeginAsync(default);
            return ToolServerStub.Text(arguments.ToJsonString());
        };
        var (_, asked) = await bench.CallAsync("write_page", new { title = "A", text = "b" });
        var approving = bench.ApproveAsync(asked);
        await Waiting.UntilAsync(() => bench.Hub.Log.Text.Contains("could not be written down yet", StringComparison.Ordinal), TimeSpan.FromSeconds(60));
        await writer!.DisposeAsync();
        var outcome = await Waiting.ForAsync(async () =>
            (await TestHub.JsonAsync(bench.Hub.Browser, $"/api/v1/approvals/{asked["approval_id"]!.GetValue<string>()}"))["outcome"] as JsonObject);
        Assert.Equal("completed", ToolServerBench.StatusOf(outcome));
        await approving;
        Assert.Single(bench.Server.Calls);
    }

    [Fact]
    public async Task The_servers_token_goes_to_the_server_and_nowhere_else()
    {
        await using var bench = await ToolServerBench.StartAsync(configure: services => services.Replace(ServiceDescriptor.Singleton(new HubSecrets(new Dictionary<string, string> { ["Mcp:Servers:0:Token"] = "hush-hush-4711" }))));
        await bench.CallAsync("search", new { query = "x" });
        Assert.All(bench.Server.Credentials, c => Assert.Equal("Bearer hush-hush-4711", c));
        Assert.DoesNotContain("hush-hush-4711", bench.Hub.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("hush-hush-4711", (await bench.AuditAsync("limit=50")).ToJsonString(), StringComparison.Ordinal);
    }

    private static string[] Offered(ToolServerBench bench) =>
        [.. bench.Hub.Services.GetRequiredService<IToolCatalog>().Offered.Select(t => t.Definition.Name).Where(n => n.StartsWith("mcp.", StringComparison.Ordinal))];

    private static string Code(JsonObject body) => body["error"]?["code"]?.GetValue<string>() ?? "";

    private static string Message(JsonObject body) => body["error"]?["message"]?.GetValue<string>() ?? "";
}
