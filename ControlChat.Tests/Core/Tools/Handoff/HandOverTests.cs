using System.Text.Json.Nodes;
using ControlChat.Core.Conversations;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Handoffs;
using ControlChat.Tests.Core.Tools.Workspaces;
using ControlChat.Tests.Core.Workspaces;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Handoff;

/// <summary>What handing a task over plans and applies, on both databases.</summary>
public abstract class HandOverTests(TestStore store) : IAsyncLifetime
{
    private const string Tool = "handoff_to_workspace_agent";
    private readonly HandoffStore _handoffs = new();
    private readonly SessionStore _sessions = new();
    private ToolBench _bench = null!;
    private string _id = "";
    private string _conversation = "";

    public async ValueTask InitializeAsync()
    {
        _bench = await ToolBench.OpenAsync(store);
        _id = await _bench.Hub.AddAsync("Billing");
        _conversation = (await new ConversationService(_bench.Hub.Database, _bench.Hub.Settings).CreateAsync(_bench.Principal, "A talk", default)).Id;
        _bench.Origin = new CallOrigin("ask", _conversation, "run_1", "call_1");
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task The_plan_has_the_whole_capsule_and_applying_starts_the_session_with_it()
    {
        var deadline = Timestamps.Format(_bench.Hub.Time.GetUtcNow().AddMinutes(10));
        var draft = await _bench.PlanAsync(Tool, new { workspace_id = "billing", goal = " Create codex.chat. ", parameters = new { url = "https://x.example" }, allowed_paths = new[] { "./src/", "codex.chat" }, deadline, budget_tokens = 5000, artefacts = new[] { "codex.chat" } });
        var effect = Assert.Single(draft.Effects);
        Assert.StartsWith("session/ags_", effect.Resource, StringComparison.Ordinal);
        var capsule = $$"""{"workspace_id":"{{_id}}","goal":"Create codex.chat.","parameters":{"url":"https://x.example"},"allowed_paths":["src","codex.chat"],"deadline":"{{deadline}}","budget_tokens":5000,"artefacts":["codex.chat"]}""";
        Assert.Equal(("create", ToolScope.Write, true, false), (effect.Op, draft.Scope, draft.Untrusted, draft.Access));
        Assert.Equal($$"""{"mode":"chat","profile":"default",{{capsule[1..]}}""", effect.After!.ToJsonString());
        Assert.Null(draft.Compensation);
        var result = await _bench.ApplyAsync(Tool, draft);
        Assert.Equal(capsule, result["capsule"]!.ToJsonString());
        var session = await SessionAsync((string)result["session_id"]!);
        Assert.Equal((_id, "acc_1", 5000L, deadline, _conversation), (session.WorkspaceId, session.OwnerId, session.BudgetTokens, Timestamps.Format(session.ExpiresAt), session.ConversationId));
        Assert.Equal(capsule, session.Capsule);
        var row = (await _bench.Hub.ReadAsync(r => _handoffs.FindAsync(r, (string)result["handoff_id"]!, default)))!;
        Assert.Equal((session.Id, _conversation, "run_1", 2L), (row.SessionId, row.ConversationId, row.RunId, row.MessageSeq));
        var events = await _bench.Hub.ReadAsync(r => _sessions.ReadAsync(r, session.Id, 0, 10, default));
        Assert.Equal(["state", "user_message"], events.Select(e => e.Type));
        Assert.Equal(Capsule.Read(capsule).ToMessage(), (string?)JsonNode.Parse(events[1].Data)!["text"]);
        var told = Assert.Single(await _bench.Hub.ReadAsync(r => new ConversationLog().ReadAsync(r, _conversation, 0, 10, default)));
        Assert.Equal(("handoff_started", "run_1", session.Id), (told.Type, told.RunId, (string?)JsonNode.Parse(told.Data)!["session_id"]));
    }

    [Fact]
    public async Task Outside_of_a_conversation_it_works_too_and_tells_nobody()
    {
        _bench.Origin = new CallOrigin("rest");
        var result = await _bench.DoAsync(Tool, new { workspace_id = _id, goal = "Look." });
        Assert.Null((await _bench.Hub.ReadAsync(r => _handoffs.FindAsync(r, (string)result["handoff_id"]!, default)))!.ConversationId);
        Assert.Empty(await _bench.Hub.ReadAsync(r => new ConversationLog().ReadAsync(r, _conversation, 0, 10, default)));
    }

    [Fact]
    public async Task An_idle_agent_of_this_conversation_goes_on_and_no_other()
    {
        var first = (string)(await _bench.DoAsync(Tool, new { workspace_id = _id, goal = "One." }))["session_id"]!;
        // It has not begun, so the next one gets an agent of its own.
        Assert.Equal("create", (await _bench.PlanAsync(Tool, new { workspace_id = _id, goal = "Two." })).Effects[0].Op);
        await IdleAsync(first);
        Assert.Equal("create", (await _bench.PlanAsync(Tool, new { workspace_id = _id, goal = "Two.", budget_tokens = 5000 })).Effects[0].Op);
        var draft = await _bench.PlanAsync(Tool, new { workspace_id = _id, goal = "Two." });
        var session = await SessionAsync(first);
        Assert.Equal(("update", $"session/{first}", new ReadVersion($"session/{first}", session.LastSeq + 1)), (draft.Effects[0].Op, draft.Effects[0].Resource, Assert.Single(draft.ReadSet)));
        _bench.Origin = _bench.Origin with { ConversationId = "conv_other" };
        Assert.Equal("create", (await _bench.PlanAsync(Tool, new { workspace_id = _id, goal = "Two." })).Effects[0].Op);
        _bench.Origin = _bench.Origin with { ConversationId = _conversation };
        var result = await _bench.ApplyAsync(Tool, draft);
        Assert.Equal(first, (string?)result["session_id"]);
        Assert.Equal("Two.", (string?)JsonNode.Parse((await SessionAsync(first)).Capsule!)!["goal"]);
        Assert.Equal("conflict", (await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.ApplyAsync(Tool, draft))).Code);
    }

    [Fact]
    public async Task A_workspace_that_is_not_there_is_answered_with_those_near_it()
    {
        var refused = await _bench.RefusedAsync(Tool, new { workspace_id = "Biling", goal = "Look." });
        Assert.Equal("not_found", refused.Code);
        Assert.Contains($"'Billing' ({_id})", refused.Message, StringComparison.Ordinal);
        Assert.Equal("invalid", (await _bench.RefusedAsync(Tool, new { goal = "Look." })).Code);
        await _bench.Hub.AddAsync("Billing");
        Assert.Equal("ambiguous", (await _bench.RefusedAsync(Tool, new { workspace_id = "Billing", goal = "Look." })).Code);
        await _bench.DoAsync("workspace.archive", new { workspace_id = _id });
        Assert.Equal("conflict", (await _bench.RefusedAsync(Tool, new { workspace_id = _id, goal = "Look." })).Code);
    }

    [Fact]
    public async Task Only_who_may_work_there_hands_over()
    {
        await _bench.Hub.JoinAsync(_id, "acc_2", "viewer");
        _bench.Principal = WorkspaceHub.Person("acc_2");
        Assert.Equal("denied", (await _bench.RefusedAsync(Tool, new { workspace_id = _id, goal = "Look." })).Code);
        _bench.Principal = WorkspaceHub.Person("acc_3");
        Assert.Equal("not_found", (await _bench.RefusedAsync(Tool, new { workspace_id = _id, goal = "Look." })).Code);
    }

    public static TheoryData<string, string> Faults() => new()
    {
        { """{"goal":"  "}""", "invalid" },
        { """{"goal":"x","artefacts":["/etc/passwd"]}""", "invalid" },
        { """{"goal":"x","artefacts":["a/../../b"]}""", "invalid" },
        { """{"goal":"x","allowed_paths":["../b"]}""", "invalid" },
        { """{"goal":"x","allowed_paths":["."]}""", "invalid" },
        { """{"goal":"x","allowed_paths":[]}""", "invalid" },
        { """{"goal":"x","parameters":{"n":-9223372036854775808}}""", "invalid" },
        { """{"goal":"x","artefacts":["a\u0000b"]}""", "invalid" },
        { """{"goal":"x","deadline":"tomorrow"}""", "invalid" },
        { """{"goal":"x","deadline":"2020-01-01T00:00:00Z"}""", "invalid" },
        { """{"goal":"x","deadline":"2030-01-01T00:00:00Z"}""", "invalid" },
        { """{"goal":"x","budget_tokens":999}""", "invalid" },
        { """{"goal":"x","parameters":{"ratio":0.5}}""", "invalid" },
        { """{"goal":"x","more":1}""", "unknown_field" },
        { "{\"goal\":\"" + new string('x', 8001) + "\"}", "too_long" },
        { "{\"goal\":\"x\",\"parameters\":{\"a\":\"" + new string('x', 8001) + "\"}}", "too_long" },
        { "{\"goal\":\"x\",\"artefacts\":[\"" + new string('x', 401) + "\"]}", "too_long" },
        { "{\"goal\":\"x\",\"artefacts\":[" + string.Join(',', Enumerable.Range(0, 21).Select(i => $"\"f{i}\"")) + "]}", "too_long" },
    };

    [Theory, MemberData(nameof(Faults))]
    public async Task What_a_task_may_not_be_is_refused_with_its_reason(string arguments, string code)
    {
        var sent = JsonNode.Parse(arguments)!.AsObject();
        sent["workspace_id"] = _id;
        Assert.Equal(code, (await _bench.RefusedAsync(Tool, sent)).Code);
    }

    [Fact]
    public async Task Nobody_has_more_agents_at_once_than_they_may()
    {
        foreach (var goal in (string[])["One.", "Two."]) await _bench.DoAsync(Tool, new { workspace_id = _id, goal });
        Assert.Equal("rate_limited", (await _bench.RefusedAsync(Tool, new { workspace_id = _id, goal = "Three." })).Code);
    }

    // As its worker and its follower leave it.
    private Task<bool> IdleAsync(string id) => _bench.Hub.WriteAsync(async t =>
    {
        await _sessions.StartAsync(t, id, "wrk_1", t.Now.AddMinutes(1), SessionHandle.New(), t.Now.AddMinutes(30), default);
        await t.ExecuteAsync("update sessions set state = 'idle' where id = @id", new { id }, default);
        await _sessions.AppendAsync(t, id, null, [State("running"), State("idle")], default);
        await t.ExecuteAsync("update handoffs set state = 'finished', status = 'completed' where session_id = @id", new { id }, default);
        return true;
    });

    private static SessionEvent State(string state) => new(SessionEvents.State, new JsonObject { ["state"] = state });

    private async Task<Session> SessionAsync(string id) => (await _bench.Hub.ReadAsync(r => _sessions.FindAsync(r, id, default)))!;
}

public sealed class SqliteHandOverTests() : HandOverTests(TestStore.Sqlite);

public sealed class PostgresHandOverTests() : HandOverTests(TestStore.Postgres);
