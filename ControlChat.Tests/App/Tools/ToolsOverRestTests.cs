using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Tools;

/// <summary>The contract of sections 3, 4 and 7 through the real app.</summary>
public sealed class ToolsOverRestTests
{
    private static int _requests;

    [Fact]
    public async Task A_workspace_is_created_renamed_and_the_rename_undone()
    {
        await using var hub = await TestHub.StartAsync();
        var (status, made) = await CallAsync(hub.Browser, "workspace.create", new { title = "Zürich" });
        Assert.Equal((200, "completed"), (status, Text(made, "status")));
        var id = made["result"]!["workspace"]!["id"]!.GetValue<string>();
        var (_, renamed) = await CallAsync(hub.Browser, "workspace.rename", new { workspace_id = id, title = "Basel" });
        Assert.Equal("Zürich", renamed["plan"]!["effects"]![0]!["before"]!.GetValue<string>());
        var (_, undone) = await CallAsync(hub.Browser, "undo", new { action_id = Text(renamed, "action_id") });
        Assert.Equal("completed", Text(undone, "status"));
        var (_, got) = await CallAsync(hub.Browser, "workspace.get", new { workspace_id = id });
        Assert.Equal("Zürich", got["result"]!["workspace"]!["title"]!.GetValue<string>());
    }

    [Fact]
    public async Task Every_field_of_an_outcome_and_of_a_plan_is_there_and_the_hash_fits()
    {
        await using var hub = await TestHub.StartAsync();
        var (_, planned) = await CallAsync(hub.Browser, "workspace.create", new { title = "a" }, dryRun: true);
        string[] outcome = ["request_id", "action_id", "tool", "status", "dry_run", "replayed", "requires_confirmation", "plan", "approval_id", "approval_url", "result", "undo", "error"];
        Assert.All(outcome, f => Assert.True(planned.ContainsKey(f), f));
        string[] plan = ["id", "hash", "tool", "arguments", "summary", "effects", "read_set", "scope", "access", "cost", "reversible", "typed_confirmation", "compensation", "steps", "warnings", "tainted", "decision", "created_at", "expires_at"];
        Assert.All(plan, f => Assert.True(planned["plan"]!.AsObject().ContainsKey(f), f));
        var stored = await TestHub.JsonAsync(hub.Browser, $"/api/v1/plans/{planned["plan"]!["id"]}");
        Assert.Equal(planned["plan"]!["hash"]!.GetValue<string>(), CanonicalJson.Hash(stored["canonical"]));
        var (status, applied) = await TestHub.PostAsync(hub.Browser, $"/api/v1/plans/{planned["plan"]!["id"]}/apply", new { request_id = "apply-plan-1" });
        Assert.Equal((200, "completed"), (status, Text(applied, "status")));
    }

    [Fact]
    public async Task Archiving_asks_and_only_the_browser_with_its_token_approves()
    {
        await using var hub = await TestHub.StartAsync();
        var id = await CreateAsync(hub, "data");
        var machine = await hub.TokenAsync();
        var (asked, body) = await CallAsync(machine, "workspace.archive", new { workspace_id = id });
        Assert.Equal((202, "confirmation_required"), (asked, Text(body, "status")));
        Assert.Equal($"{hub.Url}/approvals/{Text(body, "approval_id")}", Text(body, "approval_url"));
        Assert.DoesNotContain("confirm_token", body.ToJsonString(), StringComparison.Ordinal);
        var path = $"/api/v1/approvals/{Text(body, "approval_id")}";
        Assert.False((await TestHub.JsonAsync(machine, path)).ContainsKey("confirm_token"));
        var token = Text(await TestHub.JsonAsync(hub.Browser, path), "confirm_token");
        var (machineStatus, machineAnswer) = await TestHub.PostAsync(machine, path + "/approve", new { confirm_token = token });
        Assert.Equal((403, "token_cannot_approve"), (machineStatus, Text(machineAnswer, "code")));
        var other = await hub.SignInAsync();
        var (otherStatus, otherAnswer) = await TestHub.PostAsync(other, path + "/approve", new { confirm_token = token });
        Assert.Equal((403, "confirm_token_invalid"), (otherStatus, Text(otherAnswer, "code")));
        var (done, outcome) = await TestHub.PostAsync(hub.Browser, path + "/approve", new { confirm_token = token });
        Assert.Equal((200, "completed"), (done, Text(outcome, "status")));
        var (twice, again) = await TestHub.PostAsync(hub.Browser, path + "/approve", new { confirm_token = token });
        Assert.Equal((409, "already_decided", "completed"), (twice, Text(again, "code"), again["outcome"]!["status"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_plan_that_went_stale_answers_with_the_fresh_one_and_the_difference()
    {
        await using var hub = await TestHub.StartAsync();
        var id = await CreateAsync(hub, "data");
        var (_, asked) = await CallAsync(hub.Browser, "workspace.delete", new { workspace_id = id });
        await CallAsync(hub.Browser, "workspace.rename", new { workspace_id = id, title = "moved" });
        var path = $"/api/v1/approvals/{Text(asked, "approval_id")}";
        var token = Text(await TestHub.JsonAsync(hub.Browser, path), "confirm_token");
        var (status, stale) = await TestHub.PostAsync(hub.Browser, path + "/approve", new { confirm_token = token });
        Assert.Equal((409, "plan_stale"), (status, Text(stale, "code")));
        Assert.NotEmpty(stale["difference"]!.AsArray());
        Assert.NotEqual(Text(asked, "approval_id"), Text(stale, "approval_id"));
        Assert.Equal("superseded", Text(await TestHub.JsonAsync(hub.Browser, path), "status"));
    }

    [Fact]
    public async Task A_purge_is_typed_and_checked_by_the_server()
    {
        await using var hub = await TestHub.StartAsync();
        var id = await CreateAsync(hub, "gone");
        await ApproveAsync(hub, (await CallAsync(hub.Browser, "workspace.delete", new { workspace_id = id })).Body);
        var (_, asked) = await CallAsync(hub.Browser, "workspace.purge", new { workspace_id = id });
        Assert.Equal("gone", asked["plan"]!["typed_confirmation"]!.GetValue<string>());
        Assert.Equal(422, (await ApproveAsync(hub, asked)).Status);
        Assert.Equal(200, (await ApproveAsync(hub, asked, "gone")).Status);
        Assert.Equal(404, (await CallAsync(hub.Browser, "workspace.get", new { workspace_id = id })).Status);
    }

    [Fact]
    public async Task A_freeze_is_set_and_lifted_in_the_browser_only()
    {
        await using var hub = await TestHub.StartAsync();
        var machine = await hub.TokenAsync();
        Assert.Equal(403, (await TestHub.PostAsync(machine, "/api/v1/freezes", new { scope = "hub", reason = "x" })).Status);
        // The tools of workspaces have switches too, by each of their names.
        foreach (var tool in new[] { "run_command", "replace_section", "read_run_file" })
            Assert.Equal(201, (await TestHub.PostAsync(hub.Browser, "/api/v1/freezes", new { scope = "tool", target = tool, reason = "A drill." })).Status);
        Assert.Equal(422, (await TestHub.PostAsync(hub.Browser, "/api/v1/freezes", new { scope = "tool", target = "no_tool", reason = "A drill." })).Status);
        var (status, freeze) = await TestHub.PostAsync(hub.Browser, "/api/v1/freezes", new { scope = "hub", reason = "Looking into something." });
        Assert.Equal(201, status);
        var (frozen, stopped) = await CallAsync(hub.Browser, "workspace.create", new { title = "a" });
        Assert.Equal((423, "frozen"), (frozen, Text(stopped, "code")));
        using var lifted = await hub.Browser.DeleteAsync(new Uri($"/api/v1/freezes/{freeze["id"]}", UriKind.Relative));
        Assert.Equal(204, (int)lifted.StatusCode);
        Assert.Equal(200, (await CallAsync(hub.Browser, "workspace.create", new { title = "a" })).Status);
    }

    [Fact]
    public async Task A_problem_has_its_code_and_the_outcomes_fields()
    {
        await using var hub = await TestHub.StartAsync();
        var reader = await hub.TokenAsync(TokenScopes.Read);
        var (status, problem) = await CallAsync(reader, "workspace.create", new { title = "a" });
        Assert.Equal((403, "scope_missing", "workspace.create"), (status, Text(problem, "code"), Text(problem, "tool")));
        Assert.Equal(("unknown_tool", 404), (Text((await CallAsync(hub.Browser, "nope", new { })).Body, "code"), (await CallAsync(hub.Browser, "nope", new { })).Status));
        Assert.Equal(422, (await TestHub.PostAsync(hub.Browser, "/api/v1/tools/workspace.list", new { arguments = new { } })).Status);
        Assert.Equal("unknown_field", Text((await TestHub.PostAsync(hub.Browser, "/api/v1/tools/workspace.list", new { request_id = "request-9", arguments = new { }, confirm = true })).Body, "code"));
    }

    [Theory]
    [InlineData("""{"request_id": 12345678, "arguments": {}}""", 422, "invalid", "invalid")]
    [InlineData("""{"request_id": "request-x", "arguments": {}, "confirm": true}""", 422, "unknown_field", "invalid")]
    [InlineData("""{"request_id": """, 422, "invalid", "invalid")]
    [InlineData("", 422, "invalid", "invalid")]
    public async Task A_call_that_cannot_be_read_is_an_outcome_too(string body, int status, string code, string outcome)
    {
        await using var hub = await TestHub.StartAsync();
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await hub.Browser.PostAsync(new Uri("/api/v1/tools/workspace.list", UriKind.Relative), content);
        AssertOutcome(await TestHub.BodyAsync(answer), (int)answer.StatusCode, status, code, outcome);
    }

    [Fact]
    public async Task A_call_that_the_guards_stop_is_an_outcome_too()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Browser.DefaultRequestHeaders.Remove("X-CSRF-Token");
        var (status, body) = await CallAsync(hub.Browser, "workspace.list", new { });
        AssertOutcome(body, status, 403, "csrf", "denied");
        var (applied, answer) = await TestHub.PostAsync(hub.Browser, "/api/v1/plans/pln_x/apply", new { request_id = "request-x" });
        Assert.Equal((403, "csrf"), (applied, answer["error"]!["code"]!.GetValue<string>()));
        using var plan = await hub.Browser.GetAsync(new Uri("/api/v1/plans/pln_x", UriKind.Relative));
        Assert.False((await TestHub.BodyAsync(plan)).ContainsKey("outcome_status"));
    }

    [Fact]
    public async Task The_length_of_a_declines_reason_counts_characters_and_not_code_units()
    {
        await using var hub = await TestHub.StartAsync();
        var (_, asked) = await CallAsync(hub.Browser, "workspace.archive", new { workspace_id = await CreateAsync(hub, "data") });
        var path = $"/api/v1/approvals/{Text(asked, "approval_id")}/decline";
        var rockets = string.Concat(Enumerable.Repeat("🚀", 1000));
        Assert.Equal("too_long", Text((await TestHub.PostAsync(hub.Browser, path, new { reason = rockets + "🚀" })).Body, "code"));
        Assert.Equal(rockets, Text((await TestHub.PostAsync(hub.Browser, path, new { reason = rockets })).Body, "reason"));
    }

    private static void AssertOutcome(JsonObject body, int status, int expected, string code, string outcome)
    {
        Assert.Equal((expected, code, outcome), (status, Text(body, "code"), Text(body, "outcome_status")));
        Assert.Equal((code, "workspace.list"), (body["error"]!["code"]!.GetValue<string>(), Text(body, "tool")));
        string[] fields = ["request_id", "action_id", "dry_run", "replayed", "requires_confirmation", "plan", "approval_id", "approval_url", "result", "undo"];
        Assert.All(fields, f => Assert.True(body.ContainsKey(f), f));
    }

    private static async Task<string> CreateAsync(TestHub hub, string title) =>
        (await CallAsync(hub.Browser, "workspace.create", new { title })).Body["result"]!["workspace"]!["id"]!.GetValue<string>();

    private static Task<(int Status, JsonObject Body)> CallAsync(HttpClient client, string tool, object arguments, bool dryRun = false) =>
        TestHub.PostAsync(client, $"/api/v1/tools/{tool}", new { request_id = $"request-{Interlocked.Increment(ref _requests):000000}", arguments, dry_run = dryRun });

    private static async Task<(int Status, JsonObject Body)> ApproveAsync(TestHub hub, JsonObject asked, string? typed = null)
    {
        var path = $"/api/v1/approvals/{Text(asked, "approval_id")}";
        var token = Text(await TestHub.JsonAsync(hub.Browser, path), "confirm_token");
        return await TestHub.PostAsync(hub.Browser, path + "/approve", new { confirm_token = token, typed });
    }

    private static string? Text(JsonObject body, string field) => body[field]?.GetValue<string>();
}
