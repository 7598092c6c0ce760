using System.Text.Json.Nodes;
using ControlChat.App.Mcp;
using ControlChat.Core.Accounts;
using ControlChat.Core.Sessions;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Xunit;

namespace ControlChat.Tests.App.Mcp;

/// <summary>The tools of a workspace over streamable HTTP: who is let in, and what a client can rely on.</summary>
public sealed class WorkspaceMcpTests
{
    [Fact]
    public async Task The_sdks_client_lists_the_tools_and_calls_them()
    {
        await using var bench = await McpBench.StartAsync();
        bench.Put("README.md", "# One\n\nOld.\n");
        await using var client = await bench.ConnectAsync(await bench.TokenAsync());
        var tools = await client.ListToolsAsync();
        Assert.Equal(16, tools.Count);
        Assert.Equal(["edit_document", "fetch_repository", "generate_toc", "replace_report_section", "replace_section", "run_command"], tools.Where(t => t.ProtocolTool.Annotations!.ReadOnlyHint != true).Select(t => t.Name).Order());
        Assert.All(tools, t => Assert.False(t.JsonSchema.GetProperty("additionalProperties").GetBoolean()));
        var read = await client.CallToolAsync("read_workspace_file", new Dictionary<string, object?> { ["path"] = "README.md" });
        Assert.Equal("# One\n\nOld.\n", read.StructuredContent!.Value.GetProperty("content").GetString());
        Assert.Contains("Old.", ((TextContentBlock)read.Content[0]).Text, StringComparison.Ordinal);
        var wrong = await client.CallToolAsync("read_workspace_file", new Dictionary<string, object?> { ["path"] = "READ.md" });
        Assert.True(wrong.IsError);
        Assert.Contains("There is no READ.md", ((TextContentBlock)wrong.Content[0]).Text, StringComparison.Ordinal);
        var written = await client.CallToolAsync("replace_section", new Dictionary<string, object?> { ["path"] = "README.md", ["heading_pattern"] = "One", ["new_content"] = "New." });
        Assert.NotEqual(true, written.IsError);
        Assert.Equal("# One\n\nNew.\n", bench.Get("README.md"));
        await Assert.ThrowsAsync<McpProtocolException>(async () => await client.CallToolAsync("no_such_tool"));
        var rows = await bench.Bench.Database.WriteAsync(t => t.QueryAsync<string>("select body from audit where body like '%\"mcp.called\"%' order by seq", null, default));
        Assert.Equal(4, rows.Count);
        Assert.All(rows, r => Assert.Contains("\"via\":\"workspace_agent\"", r, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nobody_is_let_in_without_the_sessions_token()
    {
        await using var bench = await McpBench.StartAsync();
        var token = await bench.TokenAsync();
        Assert.Equal((401, "No agent token found"), await RefusedAsync(bench, null));
        foreach (var bad in new[] { "x", token[..^6] + "AAAAAA", bench.Bench.Handle.Secret }) Assert.Equal((401, "Token validation failed"), await RefusedAsync(bench, bad));
        var api = await bench.Bench.Hub.TokenAsync(TokenScopes.All);
        Assert.Equal((401, "Token validation failed"), await RefusedAsync(bench, api.DefaultRequestHeaders.Authorization!.Parameter));
        // A person's cookie is nothing here.
        Assert.Equal((401, "No agent token found"), await RefusedAsync(bench, null, client: bench.Bench.Hub.Browser));
        Assert.Equal(403, (await bench.PostAsync(token, McpBench.Initialize(), change: r => r.Headers.Add("Origin", "http://evil.example"))).Status);
        Assert.Equal(403, (await bench.PostAsync(token, McpBench.Initialize(), change: r => r.Headers.Add("Origin", "http://127.0.0.1:1"))).Status);
        Assert.Equal(421, (await bench.PostAsync(token, McpBench.Initialize(), change: r => r.Headers.Host = "evil.example")).Status);
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Delete }) Assert.Equal(401, (await bench.SendAsync(null, method, null)).Status);
    }

    [Fact]
    public async Task A_connection_is_worth_nothing_with_another_sessions_token()
    {
        await using var bench = await McpBench.StartAsync();
        var (other, _) = await bench.Bench.NewSessionAsync();
        var (own, others) = (await bench.TokenAsync(), await bench.TokenAsync(other));
        var session = await bench.BeginAsync(own);
        var list = McpBench.Message(2, "tools/list");
        Assert.Equal(200, (await bench.PostAsync(own, list, session)).Status);
        Assert.Equal(404, (await bench.PostAsync(others, list, session)).Status);
        Assert.Equal(404, (await bench.SendAsync(others, HttpMethod.Delete, null, session)).Status);
        Assert.Equal(404, (await bench.PostAsync(own, list, "0123456789abcdef0123456789abcdef")).Status);
        Assert.Equal(401, (await bench.PostAsync(null, list, session)).Status);
        Assert.Equal(204, (await bench.SendAsync(own, HttpMethod.Delete, null, session)).Status);
        Assert.Equal(404, (await bench.PostAsync(own, list, session)).Status);
    }

    [Fact]
    public async Task The_end_of_the_session_ends_its_token_in_the_middle()
    {
        await using var bench = await McpBench.StartAsync();
        bench.Put("a.txt", "text");
        var token = await bench.TokenAsync();
        var session = await bench.BeginAsync(token);
        var call = McpBench.Call(5, "read_workspace_file", new JsonObject { ["path"] = "a.txt" });
        Assert.Equal("text", (await bench.PostAsync(token, call, session)).Result!["structuredContent"]!["content"]!.GetValue<string>());
        await SessionBench.EndAsync(bench.Bench.Database, bench.Bench.Session.Id);
        var refused = await bench.PostAsync(token, call, session);
        Assert.Equal((401, "Token validation failed"), (refused.Status, refused.Detail));
    }

    [Fact]
    public async Task A_stop_switch_refuses_tools_until_it_is_lifted()
    {
        await using var bench = await McpBench.StartAsync();
        bench.Put("a.txt", "text");
        var token = await bench.TokenAsync();
        var session = await bench.BeginAsync(token);
        var call = McpBench.Call(5, "read_workspace_file", new JsonObject { ["path"] = "a.txt" });
        var (status, freeze) = await TestHub.PostAsync(bench.Bench.Hub.Browser, "/api/v1/freezes", new { scope = "workspace", target = bench.Bench.Workspace, reason = "A look." });
        Assert.Equal(201, status);
        var stopped = await bench.PostAsync(token, call, session);
        Assert.Equal((200, true, "frozen"), (stopped.Status, stopped.Result!["isError"]!.GetValue<bool>(), stopped.Result!["structuredContent"]!["error"]!["code"]!.GetValue<string>()));
        (await bench.Bench.Hub.Browser.DeleteAsync(new Uri($"/api/v1/freezes/{freeze["id"]}", UriKind.Relative))).Dispose();
        Assert.Null((await bench.PostAsync(token, call, session)).Result!["structuredContent"]!["error"]);
    }

    [Fact]
    public async Task What_is_no_message_is_answered_and_never_a_fault_of_the_hub()
    {
        await using var bench = await McpBench.StartAsync();
        var token = await bench.TokenAsync();
        var session = await bench.BeginAsync(token);
        foreach (var body in new[] { "", "{", "[]", "null", "7", "\"x\"", "{}", """{"jsonrpc":"1.0","id":1,"method":"ping"}""", """{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}""", """[{"jsonrpc":"2.0","id":1,"method":"ping"}]""", """{"jsonrpc":"2.0","id":{},"method":"ping"}""", """{"jsonrpc":"2.0","id":1,"method":"\ud800"}""", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":" + new string('[', 100) + new string(']', 100) + "}" })
            Assert.Equal((body, 400), (body, (await bench.SendAsync(token, HttpMethod.Post, body, session)).Status));
        foreach (var beginning in new[] { """{"jsonrpc":"2.0","id":1,"method":"initialize"}""", """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}""", """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":true,"capabilities":{},"clientInfo":{"name":"a","version":"1"}}}""" })
            Assert.Equal((beginning, 400), (beginning, (await bench.SendAsync(token, HttpMethod.Post, beginning)).Status));
        Assert.Equal(400, (await bench.PostAsync(token, McpBench.Message(1, "tools/list"))).Status);
        Assert.Equal(413, (await bench.SendAsync(token, HttpMethod.Post, new string(' ', 2_000_000), session)).Status);
        Assert.Equal(415, (await bench.SendAsync(token, HttpMethod.Post, "{}", session, r => r.Content!.Headers.ContentType = new("text/plain"))).Status);
        Assert.Equal(-32601, (await bench.PostAsync(token, McpBench.Message(7, "no/such"), session)).Message!["error"]!["code"]!.GetValue<int>());
        Assert.Equal(-32602, (await bench.PostAsync(token, McpBench.Call(8, "no_such_tool", []), session)).Message!["error"]!["code"]!.GetValue<int>());
        Assert.Equal(202, (await bench.PostAsync(token, McpBench.Message(null, "notifications/cancelled", new JsonObject { ["requestId"] = 99 }), session)).Status);
        Assert.Equal(202, (await bench.SendAsync(token, HttpMethod.Post, """{"jsonrpc":"2.0","id":5,"result":{}}""", session)).Status);
        Assert.NotNull((await bench.PostAsync(token, McpBench.Message(9, "ping"), session)).Result);
    }

    [Fact]
    public async Task Connections_are_few_and_end_when_nobody_uses_them()
    {
        var time = new FakeTime();
        await using var bench = await McpBench.StartAsync();
        await using var connections = new McpConnections(Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, time, new CapturingLogger<McpConnections>());
        var first = connections.Open(Caller("one"))!;
        time.Advance(TimeSpan.FromMinutes(1));
        var others = Enumerable.Range(0, McpConnections.MostOfOne).Select(_ => connections.Open(Caller("one"))!).ToList();
        Assert.Null(connections.Find(first.Id, "one"));
        Assert.All(others, o => Assert.NotNull(connections.Find(o.Id, "one")));
        Assert.Null(connections.Find(others[0].Id, "two"));
        for (var i = 0; connections.Count < McpConnections.MostInAll; i++) connections.Open(Caller($"more-{i / McpConnections.MostOfOne}", $"acc-{i / McpConnections.MostOfAccount}"));
        Assert.Null(connections.Open(Caller("late")));
        // One's own may always be begun anew.
        Assert.NotNull(connections.Open(Caller("one")));
        time.Advance(McpConnections.Idle + TimeSpan.FromMinutes(2));
        Assert.Equal(0, connections.Count);
        Assert.NotNull(connections.Open(Caller("late")));

        McpCaller Caller(string owner, string account = "acc") => new(owner, account, new(), null, () => bench.Bench.Hub.Services.GetRequiredService<ControlChat.Core.Mcp.WorkspaceServer>().Options);
    }

    [Fact]
    public async Task One_account_does_not_take_all_connections_and_what_a_client_left_is_free_before_long()
    {
        var time = new FakeTime();
        await using var bench = await McpBench.StartAsync();
        await using var connections = new McpConnections(Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, time, new CapturingLogger<McpConnections>());
        var all = Enumerable.Range(0, McpConnections.MostOfAccount).Select(i => connections.Open(Caller($"one-{i}", "greedy"))!).ToList();
        Assert.Null(connections.Open(Caller("one-more", "greedy")));
        Assert.NotNull(connections.Open(Caller("two", "modest")));
        // Where a client has stopped listening, its own account may have the place at once, and everybody before long.
        Leave(all[3]);
        Assert.NotNull(connections.Open(Caller("one-more", "greedy")));
        Assert.Null(connections.Find(all[3].Id, "one-3"));
        Leave(all[4]);
        Leave(all[5]);
        Assert.NotNull(connections.Find(all[5].Id, "one-5"));
        time.Advance(McpConnections.Left + TimeSpan.FromMinutes(1));
        Assert.Null(connections.Find(all[4].Id, "one-4"));
        Assert.NotNull(connections.Find(all[5].Id, "one-5"));
        // It was heard of by another way since the listening that ends now began.
        var since = all[5].LastUsed;
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(connections.Find(all[5].Id, "one-5"));
        connections.Leave(all[5], since);
        Assert.False(all[5].IsLeft);

        void Leave(McpConnection connection) => connections.Leave(connection, connection.LastUsed);

        McpCaller Caller(string owner, string account) => new(owner, account, new(), null, () => bench.Bench.Hub.Services.GetRequiredService<ControlChat.Core.Mcp.WorkspaceServer>().Options);
    }

    [Fact]
    public async Task A_listener_that_goes_away_leaves_its_place()
    {
        await using var bench = await McpBench.StartAsync();
        var connections = bench.Bench.Hub.Services.GetRequiredService<McpConnections>();
        var token = await bench.TokenAsync();
        var session = await bench.BeginAsync(token);
        var connection = connections.Find(session, bench.Bench.Session.Id)!;
        using var client = bench.Bench.Hub.CreateClient();
        var listening = bench.SendAsync(token, HttpMethod.Get, null, session, client: client);
        await Waiting.UntilAsync(() => connection.IsBusy);
        client.CancelPendingRequests();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
        await Waiting.UntilAsync(() => connection is { IsBusy: false, IsLeft: true });
        // It is heard of again.
        Assert.NotNull((await bench.PostAsync(token, McpBench.Message(9, "ping"), session)).Result);
        Assert.False(connection.IsLeft);
    }

    [Fact]
    public async Task A_listener_is_told_nothing_and_ends_with_its_connection()
    {
        await using var bench = await McpBench.StartAsync();
        var token = await bench.TokenAsync();
        var session = await bench.BeginAsync(token);
        var listening = bench.SendAsync(token, HttpMethod.Get, null, session);
        // Whoever comes first listens.
        var connection = bench.Bench.Hub.Services.GetRequiredService<McpConnections>().Find(session, bench.Bench.Session.Id)!;
        await Waiting.UntilAsync(() => connection.IsBusy);
        Assert.Equal(409, (await bench.SendAsync(token, HttpMethod.Get, null, session)).Status);
        Assert.Equal(204, (await bench.SendAsync(token, HttpMethod.Delete, null, session)).Status);
        Assert.Equal("", (await listening.WaitAsync(TimeSpan.FromSeconds(30))).Text);
    }

    [Fact]
    public async Task An_agent_shows_its_handle_and_the_worker_the_token()
    {
        await using var bench = await McpBench.StartAsync();
        bench.Put("a.txt", "text");
        var handle = bench.Bench.Handle.Secret;
        var address = bench.Bench.Hub.Services.GetRequiredService<AgentAddress>().Url;
        await using var client = await bench.ConnectAsync(handle, address + McpBench.AgentPath);
        var read = await client.CallToolAsync("read_workspace_file", new Dictionary<string, object?> { ["path"] = "a.txt" });
        Assert.Equal("text", read.StructuredContent!.Value.GetProperty("content").GetString());
        Assert.Equal(401, (await bench.PostAsync(SessionHandle.New().Secret, McpBench.Initialize(), path: McpBench.AgentPath)).Status);
        Assert.Equal(401, (await bench.PostAsync(await bench.TokenAsync(), McpBench.Initialize(), path: McpBench.AgentPath)).Status);
        Assert.Equal(401, (await bench.PostAsync(null, McpBench.Initialize(), path: McpBench.AgentPath, change: r => r.Headers.Add("Cookie", bench.Bench.Hub.Browser.DefaultRequestHeaders.GetValues("Cookie")))).Status);
        // A page of a browser finds nothing there.
        Assert.Equal(404, (await bench.PostAsync(handle, McpBench.Initialize(), path: McpBench.AgentPath, change: r => r.Headers.Add("Origin", bench.Bench.Hub.Url))).Status);
        Assert.Equal(404, (await bench.PostAsync(handle, McpBench.Initialize(), path: "/agent-tools/v1/other")).Status);
        await SessionBench.EndAsync(bench.Bench.Database, bench.Bench.Session.Id);
        Assert.Equal(401, (await bench.PostAsync(handle, McpBench.Initialize(), path: McpBench.AgentPath)).Status);
    }

    [Fact]
    public async Task A_collaborator_who_was_removed_is_out_at_the_next_request()
    {
        await using var bench = await McpBench.StartAsync();
        var token = await bench.TokenAsync();
        var session = await bench.BeginAsync(token);
        await bench.Bench.Database.WriteAsync(t => t.ExecuteAsync("delete from workspace_members", null, default));
        Assert.Equal(401, (await bench.PostAsync(token, McpBench.Message(2, "tools/list"), session)).Status);
        Assert.Equal(401, (await bench.PostAsync(bench.Bench.Handle.Secret, McpBench.Initialize(), path: McpBench.AgentPath)).Status);
    }

    private static async Task<(int Status, string? Detail)> RefusedAsync(McpBench bench, string? token, HttpClient? client = null)
    {
        var answer = await bench.PostAsync(token, McpBench.Initialize(), client: client);
        return (answer.Status, answer.Detail);
    }
}
