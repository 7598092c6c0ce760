using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Approvals;

/// <summary>Approvals of workspace agents through the app: contracts, section 4.</summary>
public sealed class AgentApprovalsOverRestTests
{
    [Fact]
    public async Task An_agents_approval_is_listed_opened_and_accepted_once()
    {
        await using var hub = await TestHub.StartAsync();
        var id = await OpenAsync(hub, new AgentSubject.Command("make install", "/workspace", "To try it.", []));
        var listed = (await TestHub.JsonAsync(hub.Browser, "/api/v1/approvals?status=pending"))["items"]!.AsArray().Single()!;
        Assert.Equal((id, "agent_command", "ses_1"), (Text(listed["id"]), Text(listed["kind"]), Text(listed["session_id"])));
        Assert.Null(listed["plan"]);
        Assert.False(listed.AsObject().ContainsKey("confirm_token"));
        var open = await TestHub.JsonAsync(hub.Browser, $"/api/v1/approvals/{id}");
        Assert.Equal("make install", Text(open["subject"]!["command"]));
        Assert.Equal("workspace_agent", Text(open["requested_by"]!["via"]));
        var token = Text(open["confirm_token"]);
        Assert.Equal((422, "invalid"), Code(await DecideAsync(hub.Browser, id, "approve", new { confirm_token = token })));
        Assert.Equal((422, "invalid"), Code(await DecideAsync(hub.Browser, id, "approve", new { confirm_token = token, answer = "yes" })));
        Assert.Equal((403, "confirm_token_invalid"), Code(await DecideAsync(hub.Browser, id, "approve", new { answer = "accept" })));
        var (status, outcome) = await DecideAsync(hub.Browser, id, "approve", new { confirm_token = token, answer = "accept" });
        Assert.Equal((200, "completed", "agent_command", "accept"), (status, Text(outcome["status"]), Text(outcome["tool"]), Text(outcome["result"]!["answer"])));
        var again = await DecideAsync(hub.Browser, id, "approve", new { confirm_token = token, answer = "accept" });
        Assert.Equal((409, "already_decided"), Code(again));
        Assert.Equal("completed", Text(again.Body["outcome"]!["status"]));
        Assert.Equal("accept", Text((await TestHub.JsonAsync(hub.Browser, $"/api/v1/approvals/{id}"))["answer"]));
        var record = (await TestHub.JsonAsync(hub.Browser, "/api/v1/audit?event=agent_approval.answered"))["items"]!.AsArray();
        Assert.Equal(id, Text(Assert.Single(record)!["approval_id"]));
    }

    [Theory]
    [InlineData("decline", "{}", "decline")]
    [InlineData("decline", """{"reason":"no"}""", "decline")]
    [InlineData("decline", """{"answer":"cancel"}""", "cancel")]
    [InlineData("approve", """{"answer":"decline"}""", "decline")]
    [InlineData("approve", """{"answer":"cancel","confirm_token":"stale"}""", "cancel")]
    public async Task A_no_is_the_same_at_both_routes(string route, string body, string answer)
    {
        await using var hub = await TestHub.StartAsync();
        var id = await OpenAsync(hub, new AgentSubject.Command("make", null, null, []));
        var (status, approval) = await DecideAsync(hub.Browser, id, route, JsonNode.Parse(body)!);
        Assert.Equal((200, "declined", answer), (status, Text(approval["status"]), Text(approval["answer"])));
    }

    [Fact]
    public async Task A_question_can_be_answered_at_decline_too_and_never_by_an_api_token()
    {
        await using var hub = await TestHub.StartAsync();
        var schema = JsonNode.Parse("""{"properties":{"n":{"type":"integer"}},"required":["n"]}""")!.AsObject();
        var id = await OpenAsync(hub, new AgentSubject.Question("How many?", null, schema, null));
        var machine = await hub.TokenAsync();
        Assert.False((await TestHub.JsonAsync(machine, $"/api/v1/approvals/{id}")).ContainsKey("confirm_token"));
        var token = Text((await TestHub.JsonAsync(hub.Browser, $"/api/v1/approvals/{id}"))["confirm_token"]);
        Assert.Equal((403, "token_cannot_approve"), Code(await DecideAsync(machine, id, "approve", new { confirm_token = token, answer = "accept", content = new { n = 1 } })));
        Assert.Equal((403, "token_cannot_approve"), Code(await DecideAsync(machine, id, "decline", new { answer = "decline" })));
        Assert.Equal((422, "invalid"), Code(await DecideAsync(hub.Browser, id, "decline", new { confirm_token = token, answer = "accept", content = new { n = "many" } })));
        Assert.Equal(200, (await DecideAsync(hub.Browser, id, "decline", new { confirm_token = token, answer = "accept", content = new { n = 3 } })).Status);
        await using var reader = await hub.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        var answer = await hub.Services.GetRequiredService<IAgentApprovals>().FindAnswerAsync(reader, id, default);
        Assert.Equal("""{"n":3}""", Assert.IsType<AgentDecision.Accepted>(answer).Content!.ToJsonString());
        Assert.Equal((409, "conflict"), Code(await TestHub.PostAsync(hub.Browser, $"/api/v1/approvals/{id}/replan")));
    }

    [Fact]
    public async Task A_hundred_yeses_over_http_at_once_count_once()
    {
        await using var hub = await TestHub.StartAsync();
        var id = await OpenAsync(hub, new AgentSubject.Command("make", null, null, []));
        var token = Text((await TestHub.JsonAsync(hub.Browser, $"/api/v1/approvals/{id}"))["confirm_token"]);
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => DecideAsync(hub.Browser, id, "approve", new { confirm_token = token, answer = "accept" })));
        Assert.Single(answers, a => a.Status == 200);
        Assert.Equal(99, answers.Count(a => a.Status == 409));
        Assert.Single((await TestHub.JsonAsync(hub.Browser, "/api/v1/audit?event=agent_approval.answered"))["items"]!.AsArray());
    }

    private static async Task<string> OpenAsync(TestHub hub, AgentSubject subject)
    {
        var session = new AskingSession("ses_1", "ws_1", hub.Person.AccountId, null, hub.Person.AuthSessionId, null, hub.Time.GetUtcNow().AddHours(1));
        await using var transaction = await hub.Services.GetRequiredService<HubDatabase>().BeginAsync(default);
        var id = await hub.Services.GetRequiredService<IAgentApprovals>().OpenAsync(transaction, new AgentAsk("ask-1", subject, session), default);
        await transaction.CommitAsync(default);
        return id;
    }

    private static Task<(int Status, JsonObject Body)> DecideAsync(HttpClient client, string id, string route, object body) => TestHub.PostAsync(client, $"/api/v1/approvals/{id}/{route}", body);

    private static (int, string?) Code((int Status, JsonObject Body) answer) => (answer.Status, Text(answer.Body["code"]));

    private static string? Text(JsonNode? node) => node?.GetValue<string>();
}
