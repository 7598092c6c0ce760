using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;

namespace ControlChat.Faults;

/// <summary>F10 for the tools of a workspace over MCP: malformed messages, sessions and tokens. No crash, no hang, no 5xx, no growth.</summary>
public sealed class MalformedMcp : Fault
{
    // Each may make some tool calls a minute, and what the gate refuses is never looked at by a tool.
    private const int Sessions = 20;
    private static readonly TimeSpan _hang = TimeSpan.FromSeconds(1);
    private const string Initialize = """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}""";

    private static readonly string[] _messages =
    [
        Initialize,
        """{"jsonrpc":"2.0","method":"notifications/initialized"}""",
        """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"a"}}""",
        """{"jsonrpc":"2.0","id":2,"method":"ping"}""",
        """{"jsonrpc":"2.0","id":3,"method":"tools/list","params":{"cursor":"a"}}""",
        """{"jsonrpc":"2.0","id":3,"result":{"a":"a"}}""",
        """{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"describe_workspace_contents","arguments":{"category":"a"}}}""",
        """{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"list_workspace_files","arguments":{"path":"a","cursor":"x","limit":5}}}""",
        """{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"read_workspace_file","arguments":{"path":"a","offset":0,"limit":5}}}""",
        """{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"replace_section","arguments":{"path":"a.md","heading_pattern":"a","new_content":"a","keep_heading":true,"occurrence":1}}}""",
        """{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"edit_document","arguments":{"path":"a.md","edits":[{"kind":"generate_toc","min_level":2}]}}}""",
        """{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"read_report_section","arguments":{"runid":"ws_1","report_id":"a","heading_pattern":"a"}}}""",
        """{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"run_command","arguments":{"command":["a"],"cwd":"a","timeout_seconds":5}}}""",
        """{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"fetch_repository","arguments":{"url":"a","path":"a"}}}""",
    ];

    public override string Id => "F10M";

    public override string Title => "malformed MCP messages: no crash, no hang, no 5xx, memory flat";

    public override int Trials => 10_000;

    public override int ShortTrials => 600;

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var bed = await Bed.MakeAsync(run);
        await using var agents = new AgentSessions(Path.GetDirectoryName(bed.Hub.DatabasePath)!);
        var (workspace, owner) = (await bed.CreateWorkspaceAsync("Fuzz"), (await bed.Person.GetAsync("/api/v1/me")).Json["account"]!["id"]!.GetValue<string>());
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(bed.Hub.Url), Timeout = TimeSpan.FromSeconds(30) };
        var callers = new List<(string Token, string Session)>();
        while (callers.Count < Sessions)
        {
            var token = await agents.BeginAsync(workspace, owner);
            callers.Add((token, await OpenAsync(client, token)));
        }
        long warm = 0;
        foreach (var trial in run.EachTrial())
        {
            if (trial == run.Trials / 4) warm = MalformedInput.Memory(bed.Hub);
            var (token, session) = callers[run.Dice.Next(callers.Count)];
            await SendAsync(run, client, token, session);
        }
        run.Expect(bed.Hub.Running, $"the hub ended:\n{bed.Hub.Tail()}");
        run.Expect((await bed.Person.GetAsync("/api/v1/me")).Status == 200, "the hub does not answer any more");
        foreach (var (token, _) in callers) run.Expect(await OpenAsync(client, token) is { Length: > 0 }, "a session cannot connect any more");
        var (after, limit) = (MalformedInput.Memory(bed.Hub), warm + Math.Max(warm / 2, 64));
        run.Count("MiB at the end", (int)after);
        run.Expect(run.Trials < 1000 || after <= limit, $"memory grew from {warm} to {after} MiB");
    }

    private static async Task<string> OpenAsync(HttpClient client, string token)
    {
        using var answer = await PostAsync(client, token, null, Encoding.UTF8.GetBytes(Initialize));
        return answer.Headers.TryGetValues("Mcp-Session-Id", out var ids) ? ids.Single() : throw new InvalidOperationException($"initialize answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }

    private static async Task SendAsync(FaultRun run, HttpClient client, string token, string session)
    {
        var body = MalformedInput.Mangle(run.Dice, _messages[run.Dice.Next(_messages.Length)]);
        var shown = run.Dice.Next(15) switch { 0 => null, 1 => token[..run.Dice.Next(token.Length)], 2 => "cct_" + new string('a', 43), _ => token };
        var told = run.Dice.Next(15) switch { 0 => null, 1 => new string('a', run.Dice.Next(1, 4000)), _ => session };
        var what = $"{(shown == token ? "" : "another token, ")}{(told == session ? "" : "another session, ")}{Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 300)))}";
        for (var attempt = 1; ; attempt++)
        {
            var since = Stopwatch.GetTimestamp();
            int status;
            try
            {
                using var answer = await PostAsync(client, shown, told, body);
                await answer.Content.ReadAsByteArrayAsync();
                status = (int)answer.StatusCode;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                run.Expect(false, $"no answer to {what}: {e.Message}");
                return;
            }
            var took = Stopwatch.GetElapsedTime(since);
            if (took > _hang && attempt == 1) continue;
            run.Count($"{status / 100}xx");
            run.Expect(status < 500, $"{status} for {what}");
            run.Expect(shown == token || status is 400 or 401 or 413, $"{status} without the token for {what}");
            run.Expect(took <= _hang, $"{took.TotalSeconds:0.0} s twice for {what}");
            return;
        }
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, string? token, string? session, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp/workspace") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (token is not null) request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        if (session is not null) request.Headers.TryAddWithoutValidation("Mcp-Session-Id", session);
        return await client.SendAsync(request);
    }
}
