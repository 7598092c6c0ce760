using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Sessions;
using ControlChat.ScriptedModel;
using ControlChat.Tests.Core.Sessions;
using Xunit;

namespace ControlChat.Tests.App.Sessions;

/// <summary>The model as agents reach it: under the hub's key, which they never see.</summary>
public sealed class AgentModelTests
{
    [Fact]
    public async Task An_answer_streams_through_and_is_counted_before_the_agent_hears_its_end()
    {
        await using var bench = await AgentModelBench.StartAsync();
        var go = new TaskCompletionSource();
        bench.Model.Enqueue(Reply.Of(new Step.Text("Half "), new Step.WaitFor(go.Task), new Step.Text("and half.")));
        using var answer = await bench.PostAsync(AgentModelBench.Body("Hi"));
        Assert.Equal("text/event-stream; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        // The first piece is here while the model still thinks.
        Assert.Contains("Half ", await ToAsync(reader, "output_text.delta"), StringComparison.Ordinal);
        go.SetResult();
        Assert.Contains("\"input_tokens\":100", await ToAsync(reader, "response.completed"), StringComparison.Ordinal);
        var session = await bench.ReadAsync();
        Assert.Equal((100L, 20L), (session.InputTokens, session.OutputTokens));
        Assert.Equal(120L, await bench.Database.WriteAsync(t => TokenUsage.TodayAsync(t, session.OwnerId, default)));
        Assert.DoesNotContain(AgentModelBench.Key, await reader.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_model_sees_the_hubs_key_and_model_and_nothing_of_the_agents()
    {
        await using var upstream = new RecordingUpstream();
        await using var bench = await AgentModelBench.StartAsync(["--Sessions:Codex:Model=gpt-agents"], endpoint: upstream.Url);
        using var answer = await bench.PostAsync(AgentModelBench.Body("Hi", stream: false), change: r =>
        {
            r.Headers.TryAddWithoutValidation("Cookie", "cc=x");
            r.Headers.TryAddWithoutValidation("OpenAI-Organization", "org-evil");
            r.Headers.TryAddWithoutValidation("OpenAI-Project", "proj-evil");
            r.Headers.TryAddWithoutValidation("X-Codex-Turn-Metadata", "{}");
            r.Headers.TryAddWithoutValidation("User-Agent", "codex/1");
            r.Headers.TryAddWithoutValidation("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        });
        Assert.Equal("""{"id":"r","usage":{"input_tokens":7,"output_tokens":8}}""", await answer.Content.ReadAsStringAsync());
        Assert.Equal(["Accept", "Authorization", "Content-Length", "Content-Type", "Host"], upstream.Headers.Keys.Order());
        Assert.Equal(("Bearer " + AgentModelBench.Key, "application/json", "application/json"), (upstream.Headers["Authorization"], upstream.Headers["Content-Type"], upstream.Headers["Accept"]));
        Assert.Equal("gpt-agents", JsonNode.Parse(upstream.Body)!["model"]!.GetValue<string>());
        Assert.Equal("/v1/responses", upstream.Path);
        Assert.DoesNotContain(bench.Handle.Secret, upstream.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Upstream", answer.Headers.Select(h => h.Key));
        var session = await bench.ReadAsync();
        Assert.Equal((7L, 8L), (session.InputTokens, session.OutputTokens));
    }

    [Fact]
    public async Task An_agents_profile_may_name_its_model()
    {
        await using var bench = await AgentModelBench.StartAsync();
        var profiles = Directory.CreateDirectory(Path.Combine(bench.Hub.DataDirectory, "profiles"));
        await File.WriteAllTextAsync(Path.Combine(profiles.FullName, "swift.md"), "---\nname: swift\nmodel: gpt-swift\n---\nBe quick.\n");
        var (_, handle) = await SessionBench.StartedAsync(bench.Database, SessionBench.Asked(bench.Hub.Person.AccountId, bench.Workspace) with { Profile = "swift" });
        await bench.TextAsync(AgentModelBench.Body("Hi"), bench.ClientOf(handle));
        await bench.TextAsync(AgentModelBench.Body("Hi"));
        Assert.Equal(["gpt-swift", "gpt-own"], bench.Model.Requests.Select(r => r.Request.Model));
    }

    [Fact]
    public async Task Nobody_but_the_holder_of_a_handle_gets_in()
    {
        await using var bench = await AgentModelBench.StartAsync();
        await using var other = await AgentModelBench.StartAsync();
        var token = (await bench.Hub.TokenAsync()).DefaultRequestHeaders.Authorization!.Parameter!;
        foreach (var header in new[] { null, "", "Bearer", "Bearer ", "Bearer x", "Bearer " + token, "Bearer " + other.Handle.Secret, "Bearer " + SessionHandle.New().Secret, "Basic " + bench.Handle.Secret, bench.Handle.Secret, $"Bearer {bench.Handle.Secret}x", $"Bearer {bench.Handle.Secret}, Bearer x" })
        {
            var (status, code, text) = await bench.ErrorAsync(AgentModelBench.Body("Hi"), bench.ClientOf(null), r =>
            {
                if (header is not null) r.Headers.TryAddWithoutValidation("Authorization", header);
            });
            Assert.Equal((401, "no_handle"), (status, code));
            Assert.DoesNotContain(bench.Handle.Secret, text, StringComparison.Ordinal);
        }
        var cookie = bench.Hub.Browser.DefaultRequestHeaders.GetValues("Cookie");
        Assert.Equal(401, (await bench.ErrorAsync(AgentModelBench.Body("Hi"), bench.ClientOf(null), r => r.Headers.Add("Cookie", cookie))).Status);
        Assert.Empty(bench.Model.Requests);
    }

    [Fact]
    public async Task A_handle_opens_nothing_else()
    {
        await using var bench = await AgentModelBench.StartAsync();
        foreach (var path in new[] { "/api/v1/me", "/api/v1/workspaces", "/api/v1/tools", "/api/v1/audit", "/" })
        {
            using var answer = await bench.Agent.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.Unauthorized, HttpStatusCode.Redirect, HttpStatusCode.NotFound });
        }
    }

    [Theory]
    [InlineData("GET", "/agent-model/v1/responses")]
    [InlineData("HEAD", "/agent-model/v1/responses")]
    [InlineData("PUT", "/agent-model/v1/responses")]
    [InlineData("DELETE", "/agent-model/v1/responses")]
    [InlineData("GET", "/agent-model/v1/responses/resp_1")]
    [InlineData("DELETE", "/agent-model/v1/responses/resp_1")]
    [InlineData("POST", "/agent-model/v1/responses/compact")]
    [InlineData("GET", "/agent-model/v1/models")]
    [InlineData("GET", "/agent-model/v1/files")]
    [InlineData("POST", "/agent-model/v1/files")]
    [InlineData("POST", "/agent-model/v1/../v1/files")]
    [InlineData("POST", "/agent-model")]
    public async Task There_is_one_address_and_one_method(string method, string path)
    {
        await using var bench = await AgentModelBench.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method is "POST" or "PUT") request.Content = new StringContent(AgentModelBench.Body("Hi"), Encoding.UTF8, "application/json");
        using var answer = await bench.Agent.SendAsync(request);
        Assert.Equal(404, (int)answer.StatusCode);
        Assert.Empty(bench.Model.Requests);
    }

    [Theory]
    [InlineData("Origin", "http://127.0.0.1:1")]
    [InlineData("X-Forwarded-For", "203.0.113.9")]
    [InlineData("Host", "evil.example")]
    [InlineData("Host", "localhost")]
    public async Task Browsers_proxies_and_other_names_find_nothing(string name, string value)
    {
        await using var bench = await AgentModelBench.StartAsync();
        Assert.Equal(404, (await bench.ErrorAsync(AgentModelBench.Body("Hi"), change: r => r.Headers.TryAddWithoutValidation(name, value))).Status);
        Assert.Empty(bench.Model.Requests);
    }

    [Fact]
    public async Task The_description_of_the_API_says_nothing_of_it()
    {
        await using var bench = await AgentModelBench.StartAsync();
        Assert.DoesNotContain("agent-model", await bench.Hub.Browser.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hostile_request_never_reaches_the_model_and_is_on_the_record_once_a_minute()
    {
        await using var bench = await AgentModelBench.StartAsync();
        for (var i = 0; i < 5; i++)
            Assert.Equal((400, "invalid_request"), await StatusAsync(bench, """{"input":"Hi","tools":[{"type":"mcp","server_url":"https://evil.example"}]}"""));
        Assert.Empty(bench.Model.Requests);
        var row = JsonNode.Parse(Assert.Single(await bench.RefusalRowsAsync()))!;
        Assert.Equal(("workspace_agent", bench.Session.OwnerId, bench.Workspace, "invalid"),
            (row["actor"]!["via"]!.GetValue<string>(), row["actor"]!["account"]!.GetValue<string>(), row["workspace_id"]!.GetValue<string>(), row["outcome"]!.GetValue<string>()));
        Assert.Equal((bench.Session.Id, "invalid_request"), (row["data"]!["agent_session_id"]!.GetValue<string>(), row["data"]!["reason"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("{", "application/json", 400)]
    [InlineData("[]", "application/json", 400)]
    [InlineData("{\"input\":\"Hi\"}", "text/plain", 415)]
    [InlineData("{\"input\":\"Hi\"}", null, 415)]
    public async Task A_body_that_is_no_JSON_object_is_refused(string body, string? type, int status)
    {
        await using var bench = await AgentModelBench.StartAsync();
        Assert.Equal(status, (await bench.ErrorAsync(body, change: r => r.Content!.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type))).Status);
        Assert.Equal(415, (await bench.ErrorAsync(AgentModelBench.Body("Hi"), change: r => r.Content!.Headers.ContentEncoding.Add("gzip"))).Status);
        Assert.Empty(bench.Model.Requests);
    }

    [Fact]
    public async Task A_long_history_fits_and_a_longer_one_is_told_so()
    {
        await using var bench = await AgentModelBench.StartAsync(["--Limits:BodyBytes=4096"]);
        bench.Model.Handler = _ => Reply.Text("Long.");
        Assert.Contains("Long.", await bench.TextAsync(AgentModelBench.Body(new string('x', 15 * 1024 * 1024))), StringComparison.Ordinal);
        Assert.Equal((413, "too_large"), await StatusAsync(bench, AgentModelBench.Body(new string('x', 16 * 1024 * 1024))));
        Assert.Equal((413, "too_large"), await StatusAsync(bench, new string('x', 60 * 1024 * 1024)));
        Assert.Single(bench.Model.Requests);
    }

    [Fact]
    public async Task Only_so_many_calls_of_one_session_are_under_way_at_once()
    {
        await using var bench = await AgentModelBench.StartAsync();
        var go = new TaskCompletionSource();
        bench.Model.Handler = _ => Reply.Of(new Step.Text("Hi"), new Step.WaitFor(go.Task));
        var calls = new List<HttpResponseMessage>();
        for (var i = 0; i < 8; i++) calls.Add(await bench.PostAsync(AgentModelBench.Body("Hi")));
        Assert.Equal((429, "rate_limit_exceeded"), await StatusAsync(bench, AgentModelBench.Body("Hi")));
        var (_, handle) = await bench.NewSessionAsync();
        using (var other = await bench.PostAsync(AgentModelBench.Body("Hi"), bench.ClientOf(handle))) Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        go.SetResult();
        foreach (var call in calls)
        {
            Assert.Contains("response.completed", await call.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            call.Dispose();
        }
        Assert.Contains("response.completed", await bench.TextAsync(AgentModelBench.Body("Hi")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_budget_ends_a_session_in_the_middle_of_its_work()
    {
        await using var bench = await AgentModelBench.StartAsync(budget: 300);
        bench.Model.Handler = _ => Reply.Text("Hi");
        for (var i = 0; i < 3; i++) await bench.TextAsync(AgentModelBench.Body("Hi"));
        Assert.Equal([300L, 180L, 60L], bench.Model.Requests.Select(r => r.Request.Body.GetProperty("max_output_tokens").GetInt64()));
        var (status, code, text) = await bench.ErrorAsync(AgentModelBench.Body("Hi"));
        Assert.Equal((429, "insufficient_quota"), (status, code));
        Assert.Contains("360 tokens of its budget of 300", text, StringComparison.Ordinal);
        Assert.Equal(3, bench.Model.Requests.Count);
    }

    [Fact]
    public async Task So_does_the_owners_day_for_all_of_their_sessions()
    {
        await using var bench = await AgentModelBench.StartAsync(["--Limits:TokensPerDay=200"]);
        bench.Model.Handler = _ => Reply.Text("Hi");
        await bench.TextAsync(AgentModelBench.Body("Hi"));
        var (_, second) = await bench.NewSessionAsync();
        await bench.TextAsync(AgentModelBench.Body("Hi"), bench.ClientOf(second));
        var (status, code, text) = await bench.ErrorAsync(AgentModelBench.Body("Hi"));
        Assert.Equal((429, "insufficient_quota"), (status, code));
        Assert.Contains("Limits:TokensPerDay", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Model:Api=chat", "Model:Api")]
    [InlineData("--Model:Provider=offline", "Model:Provider")]
    public async Task Without_a_model_that_fits_the_setting_is_named(string setting, string named)
    {
        await using var bench = await AgentModelBench.StartAsync([setting]);
        var (status, code, text) = await bench.ErrorAsync(AgentModelBench.Body("Hi"));
        Assert.Equal((503, "model_unavailable"), (status, code));
        Assert.Contains(named, text, StringComparison.Ordinal);
        Assert.Empty(bench.Model.Requests);
    }

    private static async Task<(int, string)> StatusAsync(AgentModelBench bench, string body)
    {
        var (status, code, _) = await bench.ErrorAsync(body);
        return (status, code);
    }

    private static async Task<string> ToAsync(StreamReader reader, string type)
    {
        while (await reader.ReadLineAsync() is { } line)
            if (line.StartsWith("data:", StringComparison.Ordinal) && line.Contains(type, StringComparison.Ordinal)) return line;
        throw new InvalidOperationException($"The answer ended before {type}.");
    }
}
