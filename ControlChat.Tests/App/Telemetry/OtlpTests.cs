using System.Diagnostics;
using System.Text.Json.Nodes;
using ControlChat.App.Telemetry;
using ControlChat.ScriptedModel;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ControlChat.Tests.App.Telemetry;

/// <summary>Spans and numbers at a collector: one span per run, model call and tool call, nested, and nothing of what people say in them.</summary>
public sealed class OtlpTests
{
    private const string Told = "the password of the vault is swordfish";

    [Fact]
    public async Task A_run_is_a_span_with_its_model_and_tool_calls_below_it_in_the_trace_of_the_record_and_the_log()
    {
        using var collector = new TestCollector();
        await using var model = await ScriptedModelServer.StartAsync();
        await using var hub = await TestHub.StartAsync(args: [$"--Telemetry:Otlp:Endpoint={collector.Url}", $"--Model:Endpoint={model.Url}", "--Model:Name=scripted"]);
        var run = await RunAsync(hub, $"create workspace {Told}");
        await FlushAsync(hub);

        var whole = Assert.Single(collector.Spans, s => s.Attributes.GetValueOrDefault("controlchat.run.id") == run);
        Assert.Equal(("invoke_agent control-agent", "", "invoke_agent", "control-agent"), (whole.Name, whole.Parent, whole.Attributes["gen_ai.operation.name"], whole.Attributes["gen_ai.agent.name"]));
        var below = collector.Spans.Where(s => s.Parent == whole.Id).ToList();
        Assert.All(below, s => Assert.Equal(whole.TraceId, s.TraceId));
        Assert.All(below, s => Assert.True(s.Began >= whole.Began && s.Ended <= whole.Ended));
        var chats = below.Where(s => s.Name == "chat scripted").ToList();
        Assert.Equal(2, chats.Count);
        Assert.All(chats, c => Assert.Equal(("chat", "openai", "openai", "scripted", whole.Attributes["gen_ai.conversation.id"]),
            (c.Attributes["gen_ai.operation.name"], c.Attributes["gen_ai.provider.name"], c.Attributes["gen_ai.system"], c.Attributes["gen_ai.request.model"], c.Attributes["gen_ai.conversation.id"])));
        Assert.All(chats, c => Assert.Equal(("100", "20"), (c.Attributes["gen_ai.usage.input_tokens"], c.Attributes["gen_ai.usage.output_tokens"])));
        Assert.All(chats, c => Assert.NotEmpty(c.Attributes["gen_ai.response.model"]));
        Assert.Equal(["stop", "tool_calls"], chats.Select(c => c.Attributes["gen_ai.response.finish_reasons"]).Order());
        var tool = Assert.Single(below, s => s.Name.StartsWith("execute_tool", StringComparison.Ordinal));
        Assert.Equal(("execute_tool workspace.create", "execute_tool", "workspace.create", "function", "ask", "completed"),
            (tool.Name, tool.Attributes["gen_ai.operation.name"], tool.Attributes["gen_ai.tool.name"], tool.Attributes["gen_ai.tool.type"], tool.Attributes["controlchat.via"], tool.Attributes["controlchat.status"]));
        Assert.StartsWith("call_", tool.Attributes["gen_ai.tool.call.id"], StringComparison.Ordinal);
        Assert.DoesNotContain(collector.Spans, s => s.Name == "chat scripted" && s.Failed);

        var audit = (await TestHub.JsonAsync(hub.Browser, $"/api/v1/audit?event=tool.applied&run_id={run}"))["items"]![0]!;
        Assert.Equal((run, whole.TraceId), (audit["run_id"]!.GetValue<string>(), audit["trace_id"]!.GetValue<string>()));
        Assert.Contains(hub.Log.Lines, l => l.TraceId == whole.TraceId && l.State.Contains("workspace.create", StringComparison.Ordinal));
        Assert.DoesNotContain("swordfish", collector.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_conventions_own_numbers_and_the_hubs_arrive_with_a_resource()
    {
        using var collector = new TestCollector();
        await using var model = await ScriptedModelServer.StartAsync();
        await using var hub = await TestHub.StartAsync(args: [$"--Telemetry:Otlp:Endpoint={collector.Url}/", $"--Model:Endpoint={model.Url}", "--Model:Name=scripted"]);
        await RunAsync(hub, "list workspaces");
        await FlushAsync(hub);
        Assert.Equal("controlchat", collector.Resource["service.name"]);
        Assert.NotEmpty(collector.Resource["service.instance.id"]);
        var duration = Points("gen_ai.client.operation.duration");
        Assert.All(duration, p => Assert.Equal(("s", "chat"), (p.Unit, p.Attributes["gen_ai.operation.name"])));
        Assert.Contains(duration, p => p.Attributes["gen_ai.provider.name"] == "openai" && p.Attributes["gen_ai.request.model"] == "scripted" && p.Value >= 2);
        Assert.Equal(["input", "output"], Points("gen_ai.client.token.usage").Where(p => p.Attributes["gen_ai.request.model"] == "scripted").Select(p => p.Attributes["gen_ai.token.type"]).Distinct().Order());
        Assert.NotEmpty(Points("gen_ai.client.operation.time_to_first_chunk"));
        Assert.NotEmpty(Points("controlchat.runs.started"));
        Assert.Contains(Points("controlchat.audit.last_seq"), p => p.Value > 0);

        List<CollectedPoint> Points(string name) => [.. collector.Points.Where(p => p.Name == name)];
    }

    [Fact]
    public async Task A_model_that_fails_and_a_tool_that_refuses_are_failed_spans()
    {
        using var collector = new TestCollector();
        await using var model = await ScriptedModelServer.StartAsync();
        await using var hub = await TestHub.StartAsync(args: [$"--Telemetry:Otlp:Endpoint={collector.Url}", $"--Model:Endpoint={model.Url}", "--Model:Name=failing"]);
        model.Enqueue(Reply.Calls(new ScriptedCall("workspace_get", "{\"workspace_id\":\"ws_none\"}"), new ScriptedCall("made_up_by_a_model", "{}")));
        model.Enqueue(Reply.Error(401, "invalid_api_key", "No."));
        var run = await RunAsync(hub, "do something", "failed");
        await FlushAsync(hub);
        var whole = Assert.Single(collector.Spans, s => s.Attributes.GetValueOrDefault("controlchat.run.id") == run);
        Assert.True(whole.Failed);
        var chat = Assert.Single(collector.Spans, s => s.Parent == whole.Id && s.Name == "chat failing" && s.Failed);
        Assert.Equal(whole.Attributes["error.type"], chat.Attributes["error.type"]);
        var refused = Assert.Single(collector.Spans, s => s.Parent == whole.Id && s.Name == "execute_tool workspace.get");
        Assert.Equal((true, "not_found"), (refused.Failed, refused.Attributes["error.type"]));
        var invented = Assert.Single(collector.Spans, s => s.Parent == whole.Id && s.Name == "execute_tool unknown");
        Assert.Equal("unknown", invented.Attributes["gen_ai.tool.name"]);
        Assert.DoesNotContain("made_up", collector.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_span_holds_a_sign_in_link_a_cookie_or_a_header_of_the_collector()
    {
        const string secret = "tok-5f1e7c2a9b";
        using var collector = new TestCollector();
        Environment.SetEnvironmentVariable("Telemetry__Otlp__Headers", $"Authorization=Bearer%20{secret},x-tenant=a");
        try
        {
            await using var hub = await TestHub.StartAsync(args: [$"--Telemetry:Otlp:Endpoint={collector.Url}"]);
            var link = await hub.App.CreateSignInLinkAsync();
            (await hub.CreateClient().GetAsync(new Uri(link))).Dispose();
            await TestHub.JsonAsync(hub.Browser, "/api/v1/audit?text=" + Uri.EscapeDataString(Told));
            await FlushAsync(hub);
            Assert.Equal("Bearer " + secret, collector.Authorization);
            Assert.Contains(collector.Spans, s => s.Name.Contains("GET", StringComparison.Ordinal));
            foreach (var hidden in new[] { link.Split("t=")[1], secret, hub.Browser.DefaultRequestHeaders.GetValues("Cookie").Single()[3..], "swordfish" })
                Assert.DoesNotContain(hidden, collector.Everything, StringComparison.Ordinal);
            Assert.Equal("sent [removed]", hub.Services.GetRequiredService<ControlChat.Core.Telemetry.Redactor>().Redact($"sent {secret}"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("Telemetry__Otlp__Headers", null);
        }
    }

    [Fact]
    public async Task A_collector_that_is_away_costs_one_line_and_no_time_and_is_found_again()
    {
        using var port = new ClosedPort();
        await using var hub = await TestHub.StartAsync(args: [$"--Telemetry:Otlp:Endpoint=http://127.0.0.1:{port.Number}"]);
        for (var i = 0; i < 3; i++)
        {
            await RunAsync(hub, $"/create Nobody listens {i}");
            await FlushAsync(hub);
        }
        var line = Assert.Single(hub.Log.Lines, l => l.Message.Contains("does not take spans", StringComparison.Ordinal));
        Assert.Equal(LogLevel.Warning, line.Level);
        using (var collector = new TestCollector(port))
        {
            var run = await RunAsync(hub, "/create Somebody listens");
            await FlushAsync(hub);
            Assert.Contains(collector.Spans, s => s.Attributes.GetValueOrDefault("controlchat.run.id") == run);
        }
        Assert.Single(hub.Log.Lines, l => l.Message.Contains("takes spans and numbers again", StringComparison.Ordinal));
        var since = Stopwatch.GetTimestamp();
        await hub.StopAsync();
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(20), "A stop waits for an absent collector without a bound.");
    }

    [Fact]
    public async Task A_stop_sends_what_waits()
    {
        using var collector = new TestCollector();
        await using var hub = await TestHub.StartAsync(args: [$"--Telemetry:Otlp:Endpoint={collector.Url}"]);
        var run = await RunAsync(hub, "/create The last one");
        await hub.StopAsync();
        Assert.Contains(collector.Spans, s => s.Attributes.GetValueOrDefault("controlchat.run.id") == run);
    }

    [Fact]
    public async Task Without_a_collector_nothing_is_sent_and_a_run_has_a_trace_all_the_same()
    {
        await using var hub = await TestHub.StartAsync();
        Assert.Null(hub.Services.GetService<OtlpExport>());
        var run = await RunAsync(hub, "/create Traced");
        Assert.Matches("^[0-9a-f]{32}$", (await TestHub.JsonAsync(hub.Browser, $"/api/v1/audit?event=tool.applied&run_id={run}"))["items"]![0]!["trace_id"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("http://own:4318/", null, null, "http://own:4318", null)]
    [InlineData(null, "http://usual:4318", "a=b", "http://usual:4318", "a=b")]
    [InlineData("http://own:4318", "http://usual:4318", "a=b", "http://own:4318", null)]
    [InlineData(null, "not an address", null, null, null)]
    [InlineData(null, null, null, null, null)]
    public void The_hubs_own_setting_wins_over_the_usual_variables(string? own, string? usual, string? headers, string? endpoint, string? sent)
    {
        using var folder = new TempFolder();
        var settings = ControlChat.App.Start.HubConfigurationSource.Load([.. own is null ? Array.Empty<string>() : [$"--Telemetry:Otlp:Endpoint={own}"], $"--Hub:DataDirectory={folder["data"]}"]);
        var place = OtlpPlace.Of(settings, name => name switch { "OTEL_EXPORTER_OTLP_ENDPOINT" => usual, "OTEL_EXPORTER_OTLP_HEADERS" => headers, _ => null });
        Assert.Equal((endpoint, sent), (place?.Endpoint, place?.Headers));
    }

    private static Task FlushAsync(TestHub hub) => hub.Services.GetRequiredService<OtlpExport>().FlushAsync();

    private static async Task<string> RunAsync(TestHub hub, string text, string end = "completed")
    {
        var conversation = (await TestHub.PostAsync(hub.Browser, "/api/v1/conversations")).Body["id"]!.GetValue<string>();
        var (_, posted) = await TestHub.PostAsync(hub.Browser, $"/api/v1/conversations/{conversation}/messages", new { text, request_id = "r-" + Guid.NewGuid().ToString("n") });
        JsonNode? run = null;
        await Waiting.UntilAsync(async () =>
            (run = (await TestHub.JsonAsync(hub.Browser, $"/api/v1/conversations/{conversation}"))["runs"]![0]!)["status"]!.GetValue<string>() is "completed" or "failed", TimeSpan.FromSeconds(60));
        Assert.Equal(end, run!["status"]!.GetValue<string>());
        return posted["run_id"]!.GetValue<string>();
    }
}
