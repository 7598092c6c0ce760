using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ControlChat.App.Ask;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Conversations;

/// <summary>Conversations over REST against the real app with the offline planner.</summary>
public sealed class ConversationApiTests : IAsyncLifetime
{
    private TestHub _hub = null!;

    public async ValueTask InitializeAsync() => _hub = await TestHub.StartAsync();

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task A_message_is_answered_and_everything_is_in_the_event_log()
    {
        var id = await CreateAsync();
        var (status, posted) = await TestHub.PostAsync(_hub.Browser, $"/api/v1/conversations/{id}/messages", new { text = "/create Billing", request_id = "req-00000001" });
        Assert.Equal(202, status);
        await EndedAsync(id, (string)posted["run_id"]!, "completed");
        var events = await EventsAsync(id);
        Assert.Equal(["message", "run_started", "tool_started", "tool_finished", "message", "run_finished"], events.Select(e => (string)e["type"]!));
        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(e => (int)e["seq"]!));
        Assert.Equal("completed", (string?)events[3]["data"]!["status"]);
        Assert.Equal("workspace.create", (string?)events[3]["data"]!["tool"]);
        var view = await TestHub.JsonAsync(_hub.Browser, $"/api/v1/conversations/{id}");
        Assert.Equal(["user", "assistant"], view["messages"]!.AsArray().Select(m => (string)m!["role"]!));
        Assert.False((bool)view["tainted"]!);
    }

    [Fact]
    public async Task A_plan_that_asks_lets_the_run_wait_and_the_approval_lets_it_go_on()
    {
        await SayAsync("/create Billing", "completed");
        var (id, run) = await SayAsync("/archive Billing", "waiting");
        var requested = (await EventsAsync(id)).Single(e => (string)e["type"]! == "approval_requested")["data"]!;
        var approval = (string)requested["approval_id"]!;
        Assert.Equal("workspace.archive", (string?)requested["plan"]!["tool"]);
        var open = await TestHub.JsonAsync(_hub.Browser, $"/api/v1/approvals/{approval}");
        var (status, outcome) = await TestHub.PostAsync(_hub.Browser, $"/api/v1/approvals/{approval}/approve", new { confirm_token = (string)open["confirm_token"]! });
        Assert.Equal((200, "completed"), (status, (string?)outcome["status"]));
        await EndedAsync(id, run, "completed");
        var events = await EventsAsync(id);
        var resolved = events.Single(e => (string)e["type"]! == "approval_resolved")["data"]!;
        Assert.Equal((approval, "consumed"), ((string?)resolved["approval_id"], (string?)resolved["status"]));
        Assert.DoesNotContain((string)open["confirm_token"]!, new JsonArray([.. events.Select(e => e.DeepClone())]).ToJsonString());
    }

    [Fact]
    public async Task A_declined_plan_is_told_to_the_run()
    {
        await SayAsync("/create Billing", "completed");
        var (id, run) = await SayAsync("/archive Billing", "waiting");
        var approval = (string)(await EventsAsync(id)).Single(e => (string)e["type"]! == "approval_requested")["data"]!["approval_id"]!;
        await TestHub.PostAsync(_hub.Browser, $"/api/v1/approvals/{approval}/decline", new { reason = "not now" });
        await EndedAsync(id, run, "completed");
        var finished = (await EventsAsync(id)).Single(e => (string)e["type"]! == "tool_finished")["data"]!;
        Assert.Equal("denied", (string?)finished["status"]);
        Assert.Contains("not now", (string)finished["outcome"]!["error"]!["message"]!);
    }

    [Fact]
    public async Task The_page_begins_with_the_newest_messages_and_offers_the_earlier_ones()
    {
        var id = await CreateAsync();
        // Each is a question and its answer.
        for (var i = 0; i <= AskConversation.Window / 2; i++)
        {
            var (_, posted) = await TestHub.PostAsync(_hub.Browser, $"/api/v1/conversations/{id}/messages", new { text = $"/help {i}", request_id = $"req-window-{i:00}" });
            await EndedAsync(id, (string)posted["run_id"]!, "completed");
        }

        var page = await _hub.Browser.GetStringAsync(new Uri($"/c/{id}", UriKind.Relative));

        Assert.Equal(AskConversation.Window, page.Split("<article class=\"msg").Length - 1);
        Assert.Contains("data-earlier", page, StringComparison.Ordinal);
        Assert.Equal(AskConversation.Window + 2, (await TestHub.JsonAsync(_hub.Browser, $"/api/v1/conversations/{id}"))["messages"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_cancelled_run_takes_its_pending_approvals_with_it()
    {
        await SayAsync("/create Billing", "completed");
        var (id, run) = await SayAsync("/archive Billing", "waiting");
        var approval = (string)(await EventsAsync(id)).Single(e => (string)e["type"]! == "approval_requested")["data"]!["approval_id"]!;
        var machine = await _hub.TokenAsync();
        var (status, _) = await TestHub.PostAsync(machine, $"/api/v1/conversations/{id}/runs/{run}/cancel");
        Assert.Equal(202, status);
        await EndedAsync(id, run, "cancelled");
        var row = (await TestHub.JsonAsync(_hub.Browser, $"/api/v1/audit?event=approval.cancelled&run_id={run}"))["items"]!.AsArray().Single()!;
        Assert.Equal((string?)(await TestHub.JsonAsync(machine, "/api/v1/me"))["token"]!["id"], (string?)row["actor"]!["token"]);
        Assert.Equal("cancelled", (string?)(await TestHub.JsonAsync(_hub.Browser, $"/api/v1/approvals/{approval}"))["status"]);
        Assert.Equal(["approval_resolved", "tool_finished", "run_cancelled"], (await EventsAsync(id)).TakeLast(3).Select(e => (string)e["type"]!));
    }

    [Fact]
    public async Task While_a_run_waits_a_new_message_is_answered_beside_it()
    {
        await SayAsync("/create Billing", "completed");
        var (id, waiting) = await SayAsync("/archive Billing", "waiting");
        await SayAsync("/workspaces", "completed", id);
        Assert.Equal("waiting", await StatusAsync(id, waiting));
    }

    [Fact]
    public async Task A_tokens_message_taints_so_that_its_plain_writes_ask()
    {
        var token = await _hub.TokenAsync(TokenScopes.All);
        var (_, created) = await TestHub.PostAsync(token, "/api/v1/conversations", new { });
        var id = (string)created["id"]!;
        var (_, posted) = await TestHub.PostAsync(token, $"/api/v1/conversations/{id}/messages", new { text = "/create Billing", request_id = "req-00000001" });
        await EndedAsync(id, (string)posted["run_id"]!, "waiting");
        var events = await EventsAsync(id);
        Assert.Contains(events, e => (string)e["type"]! == "system");
        Assert.True((bool)events.Single(e => (string)e["type"]! == "approval_requested")["data"]!["plan"]!["tainted"]!);
    }

    [Fact]
    public async Task The_same_request_twice_is_accepted_once()
    {
        var id = await CreateAsync();
        var (_, first) = await TestHub.PostAsync(_hub.Browser, $"/api/v1/conversations/{id}/messages", new { text = "/help", request_id = "req-00000001" });
        var (status, second) = await TestHub.PostAsync(_hub.Browser, $"/api/v1/conversations/{id}/messages", new { text = "/help", request_id = "req-00000001" });
        Assert.Equal((202, first.ToJsonString()), (status, second.ToJsonString()));
    }

    [Theory]
    [InlineData("""{"text":"hi"}""", 422)]
    [InlineData("""{"text":"hi","request_id":"req-00000001","more":1}""", 422)]
    [InlineData("""{"text":"","request_id":"req-00000001"}""", 422)]
    [InlineData("""[]""", 422)]
    public async Task A_wrong_body_is_refused(string body, int expected)
    {
        var id = await CreateAsync();
        using var answer = await _hub.Browser.PostAsync(new Uri($"/api/v1/conversations/{id}/messages", UriKind.Relative), new StringContent(body, null, "application/json"));
        Assert.Equal(expected, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Titles_change_and_archived_ones_leave_the_list()
    {
        var id = await CreateAsync();
        using var renamed = await _hub.Browser.PatchAsJsonAsync(new Uri($"/api/v1/conversations/{id}", UriKind.Relative), new { title = "Hosts" });
        Assert.Equal("Hosts", (string?)(await TestHub.BodyAsync(renamed))["title"]);
        using var archived = await _hub.Browser.PatchAsJsonAsync(new Uri($"/api/v1/conversations/{id}", UriKind.Relative), new { archived = true });
        Assert.Equal(HttpStatusCode.OK, archived.StatusCode);
        Assert.Empty((await TestHub.JsonAsync(_hub.Browser, "/api/v1/conversations"))["items"]!.AsArray());
        Assert.Single((await TestHub.JsonAsync(_hub.Browser, "/api/v1/conversations?archived=true"))["items"]!.AsArray());
    }

    [Theory]
    [InlineData("nonsense!")]
    [InlineData("bm8gdGltZSBoZXJl")]
    public async Task A_cursor_of_another_list_is_refused(string cursor)
    {
        using var answer = await _hub.Browser.GetAsync(new Uri($"/api/v1/conversations?cursor={Uri.EscapeDataString(cursor)}", UriKind.Relative));
        Assert.Equal((422, "invalid"), ((int)answer.StatusCode, (string?)(await TestHub.BodyAsync(answer))["code"]));
    }

    [Fact]
    public async Task Unknown_conversations_and_runs_answer_404()
    {
        var id = await CreateAsync();
        foreach (var path in new[] { "/api/v1/conversations/conv_no", "/api/v1/conversations/conv_no/events", "/api/v1/conversations/conv_no/export" })
        {
            using var answer = await _hub.Browser.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
        Assert.Equal(404, (await TestHub.PostAsync(_hub.Browser, $"/api/v1/conversations/{id}/runs/run_no/cancel")).Status);
    }

    [Theory]
    [InlineData("md", "## You")]
    [InlineData("json", "\"events\":[")]
    public async Task An_export_holds_the_conversation_and_is_on_the_record(string format, string expected)
    {
        var (id, _) = await SayAsync("/create Billing", "completed");
        var text = await _hub.Browser.GetStringAsync(new Uri($"/api/v1/conversations/{id}/export?format={format}", UriKind.Relative));
        Assert.Contains(expected, text);
        Assert.Contains("/create Billing", text);
        await using var reader = await _hub.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        var rows = await reader.QueryAsync<string>("select conversation_id from audit where event = 'conversation.exported'", null, default);
        Assert.Equal(id, Assert.Single(rows));
    }

    private async Task<string> CreateAsync() => (string)(await TestHub.PostAsync(_hub.Browser, "/api/v1/conversations", new { })).Body["id"]!;

    private int _request;

    private async Task<(string Conversation, string Run)> SayAsync(string text, string status, string? conversation = null)
    {
        var id = conversation ?? await CreateAsync();
        var (_, posted) = await TestHub.PostAsync(_hub.Browser, $"/api/v1/conversations/{id}/messages", new { text, request_id = $"say-{++_request:00000000}" });
        await EndedAsync(id, (string)posted["run_id"]!, status);
        return (id, (string)posted["run_id"]!);
    }

    private async Task EndedAsync(string id, string run, string status) =>
        await Waiting.UntilAsync(async () => await StatusAsync(id, run) == status, what: status);

    private async Task<string?> StatusAsync(string id, string run) =>
        (string?)(await TestHub.JsonAsync(_hub.Browser, $"/api/v1/conversations/{id}"))["runs"]!.AsArray().First(r => (string)r!["id"]! == run)!["status"];

    private async Task<List<JsonNode>> EventsAsync(string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/api/v1/conversations/{id}/events", UriKind.Relative));
        request.Headers.Accept.Add(new("application/json"));
        using var answer = await _hub.Browser.SendAsync(request);
        return [.. (await TestHub.BodyAsync(answer))["items"]!.AsArray().Select(e => e!)];
    }
}
