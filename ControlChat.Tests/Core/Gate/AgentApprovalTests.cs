using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Gate;

/// <summary>Approvals of workspace agents: opened, bounded, withdrawn, expired.</summary>
public abstract class AgentApprovalTests(TestStore store)
{
    [Fact]
    public async Task What_an_agent_asks_for_waits_in_full_for_the_owner_of_its_session()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var id = await hub.OpenAsync(AgentAsks.Command("printf 'a\u202eb' > /srv/x"));
        var seen = await hub.Approvals.FindAsync(GateHub.Ada, id, default);
        Assert.Equal(("agent_command", "pending", "ses_agent", "ws_1", "confirm", true), (seen!.Kind, seen.Status, seen.SessionId, seen.WorkspaceId, seen.Decision, seen.MayDecide));
        Assert.Equal(new Requester("acc_ada", "Ada", "workspace_agent", null), seen.RequestedBy);
        Assert.Equal("printf 'a\u202eb' > /srv/x", seen.Subject!["command"]!.GetValue<string>());
        Assert.Equal(hub.Time.GetUtcNow().AddMinutes(60), seen.ExpiresAt);
        Assert.Null(seen.Plan);
        Assert.Equal(CanonicalJson.Hash(seen.Subject), seen.Hash);
        Assert.Equal(id, Assert.Single((await hub.Approvals.ListAsync(GateHub.Ada, new ApprovalFilter("pending"), default)).Items).Id);
        Assert.Equal(1, await hub.Approvals.CountWaitingAsync(GateHub.Ada, default));
        var row = Assert.Single(await hub.RecordAsync(id));
        Assert.Equal(("approval.requested", "pending"), (row.Event, row.Outcome));
        Assert.Equal(("workspace_agent", "acc_ada", "ws_1", "ses_agent", seen.Hash),
            (Text(row.Row["actor"]!["via"]), Text(row.Row["actor"]!["account"]), Text(row.Row["workspace_id"]), Text(row.Row["data"]!["session_id"]), Text(row.Row["plan_hash"])));
        Assert.IsType<AgentDecision.Pending>(await hub.AnswerAsync(id));
    }

    [Fact]
    public async Task The_same_ask_is_the_same_approval_and_another_one_under_its_id_is_refused()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var id = await hub.OpenAsync(AgentAsks.Command());
        Assert.Equal(id, await hub.OpenAsync(AgentAsks.Command()));
        Assert.NotEqual(id, await hub.OpenAsync(AgentAsks.Command(), session: AgentAsks.Session(hub, "ses_other")));
        Assert.Equal("conflict", (await Assert.ThrowsAsync<ToolRefusedException>(() => hub.OpenAsync(AgentAsks.Command("rm -rf /srv")))).Code);
        await hub.AcceptAsync(id);
        Assert.Equal(id, await hub.OpenAsync(AgentAsks.Command()));
        Assert.Equal(2, await hub.CountAsync("select count(*) from approvals"));
    }

    [Fact]
    public async Task No_approval_outlives_its_session()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var id = await hub.OpenAsync(AgentAsks.Command(), session: AgentAsks.Session(hub, left: TimeSpan.FromMinutes(10)));
        Assert.Equal(hub.Time.GetUtcNow().AddMinutes(10), (await hub.Approvals.FindAsync(GateHub.Ada, id, default))!.ExpiresAt);
        Assert.Equal("conflict", (await Assert.ThrowsAsync<ToolRefusedException>(() => hub.OpenAsync(AgentAsks.Command(), "ask-2", AgentAsks.Session(hub, left: TimeSpan.Zero)))).Code);
    }

    [Fact]
    public async Task What_nobody_would_read_or_could_see_is_refused_with_the_reason_and_nothing_is_written()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await RefusedAsync("too_long", AgentAsks.Command(new string('x', AgentAsk.MostBytes)));
        await RefusedAsync("invalid", AgentAsks.Files());
        var deep = new JsonObject();
        for (var i = 0; i < 40; i++) deep = new JsonObject { ["a"] = deep };
        await RefusedAsync("invalid", AgentAsks.Tool(deep));
        await RefusedAsync("invalid", AgentAsks.Tool(JsonNode.Parse("""{"path":"a","path":"b"}""")!.AsObject()));
        await RefusedAsync("invalid", AgentAsks.Tool(JsonNode.Parse("""{"path":"\ud800"}""")!.AsObject()));
        Assert.Equal(0, await hub.CountAsync("select count(*) from approvals"));
        Assert.Equal(0, await hub.CountAsync("select count(*) from audit"));
        // As large as may be is kept word for word.
        var room = AgentAsk.MostBytes - System.Text.Encoding.UTF8.GetByteCount(AgentAsks.Command("").ToJson());
        var id = await hub.OpenAsync(AgentAsks.Command(new string('y', room)));
        Assert.Equal(room, (await hub.Approvals.FindAsync(GateHub.Ada, id, default))!.Subject!["command"]!.GetValue<string>().Length);

        async Task RefusedAsync(string code, AgentSubject subject) =>
            Assert.Equal(code, (await Assert.ThrowsAsync<ToolRefusedException>(() => hub.OpenAsync(subject))).Code);
    }

    [Fact]
    public async Task A_number_is_shown_as_the_agent_wrote_it()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var id = await hub.OpenAsync(AgentAsks.Tool(JsonNode.Parse("""{"account":9007199254740993,"rate":0.10}""")!.AsObject()));
        Assert.Equal("""{"account":9007199254740993,"rate":0.10}""", (await hub.Approvals.FindAsync(GateHub.Ada, id, default))!.Subject!["arguments"]!.ToJsonString());
        Assert.IsType<ApprovalDecision.Done>(await hub.AcceptAsync(id));
    }

    [Fact]
    public async Task What_waits_counts_together_with_the_owners_plans()
    {
        await using var hub = await GateHub.CreateAsync(store);
        hub.Settings.Current = new HubOptions { Limits = new LimitsSection { PendingApprovals = 2 } };
        await hub.SetAsync("a", "one");
        await hub.CallAsync("note.drop", new { id = "a" });
        await hub.OpenAsync(AgentAsks.Command());
        Assert.Equal("too_many_pending", (await Assert.ThrowsAsync<ToolRefusedException>(() => hub.OpenAsync(AgentAsks.Command("b"), "ask-2"))).Code);
        await hub.OpenAsync(AgentAsks.Command(), session: AgentAsks.Session(hub, "ses_ben", owner: "acc_ben"));
    }

    [Fact]
    public async Task Three_declines_pause_the_owners_agents_and_not_the_owner()
    {
        await using var hub = await GateHub.CreateAsync(store);
        for (var i = 0; i < 3; i++) await hub.Approvals.DeclineAsync(GateHub.Ada, await hub.OpenAsync(AgentAsks.Command(), $"ask-{i}", AgentAsks.Session(hub, $"ses_{i}")), null, default);
        Assert.Equal("rate_limited", (await Assert.ThrowsAsync<ToolRefusedException>(() => hub.OpenAsync(AgentAsks.Command(), "ask-4"))).Code);
        await hub.SetAsync("a", "one");
        Assert.Equal("confirmation_required", (await hub.CallAsync("note.drop", new { id = "a" })).Status);
        hub.Time.Advance(TimeSpan.FromMinutes(10));
        await hub.OpenAsync(AgentAsks.Command(), "ask-4");
    }

    [Fact]
    public async Task An_agent_whose_owner_has_no_rights_any_more_asks_nobody()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var id = await hub.OpenAsync(AgentAsks.Command(), session: AgentAsks.Session(hub, owner: "acc_ben"));
        hub.People.Gone.Add("acc_ben");
        Assert.Equal("denied", (await Assert.ThrowsAsync<ToolRefusedException>(() => hub.OpenAsync(AgentAsks.Command(), "ask-2", AgentAsks.Session(hub, owner: "acc_ben")))).Code);
        Assert.Equal(403, Assert.IsType<ApprovalDecision.Refused>(await hub.AcceptAsync(id)).Http);
        Assert.IsType<AgentDecision.Pending>(await hub.AnswerAsync(id));
    }

    [Fact]
    public async Task Nobody_answers_and_it_expires_as_every_approval_and_has_no_fresh_one()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var id = await hub.OpenAsync(AgentAsks.Command());
        Assert.Equal(409, Assert.IsType<ApprovalDecision.Refused>(await hub.Approvals.ReplanAsync(GateHub.Ada, id, new CallOrigin("ui"), default)).Http);
        hub.Time.Advance(TimeSpan.FromMinutes(60) + TimeSpan.FromSeconds(1));
        Assert.IsType<AgentDecision.Expired>(await hub.AnswerAsync(id));
        Assert.Equal(1, await hub.Get<ApprovalClosing>().ExpireDueAsync(default));
        Assert.IsType<AgentDecision.Expired>(await hub.AnswerAsync(id));
        var late = Assert.IsType<ApprovalDecision.Refused>(await hub.AcceptAsync(id));
        Assert.Equal((410, "expired"), (late.Http, late.Code));
        Assert.DoesNotContain("fresh plan", late.Message, StringComparison.Ordinal);
        var again = Assert.IsType<ApprovalDecision.Refused>(await hub.Approvals.ReplanAsync(GateHub.Ada, id, new CallOrigin("ui"), default));
        Assert.Equal((409, "conflict"), (again.Http, again.Code));
        Assert.Contains("asks again by itself", again.Message, StringComparison.Ordinal);
        Assert.Equal(["approval.requested", "approval.expired"], (await hub.RecordAsync(id)).Select(r => r.Event));
    }

    [Fact]
    public async Task A_session_that_ends_withdraws_what_it_waits_for_and_forgets_what_was_filled_in()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var answered = await hub.OpenAsync(AgentAsks.Question(), "ask-1");
        await hub.AcceptAsync(answered, new JsonObject { ["size"] = 256 });
        var waiting = await hub.OpenAsync(AgentAsks.Command(), "ask-2");
        var turn = await hub.OpenAsync(AgentAsks.Command(), "ask-3");
        var other = await hub.OpenAsync(AgentAsks.Command(), "ask-1", AgentAsks.Session(hub, "ses_other"));
        await using (var transaction = await hub.Database.BeginAsync(default))
        {
            var agents = hub.Get<IAgentApprovals>();
            Assert.True(await agents.CancelAsync(transaction, turn, "The turn ended.", AgentAsks.Worker, default));
            Assert.False(await agents.CancelAsync(transaction, turn, "The turn ended.", AgentAsks.Worker, default));
            Assert.Equal(1, await agents.CancelForSessionAsync(transaction, "ses_agent", "The session ended.", AgentAsks.Worker, default));
            await transaction.CommitAsync(default);
        }
        Assert.Equal(new AgentDecision.Cancelled(ByPerson: false), await hub.AnswerAsync(waiting));
        Assert.Equal(new AgentDecision.Accepted(null), await hub.AnswerAsync(answered));
        Assert.IsType<AgentDecision.Pending>(await hub.AnswerAsync(other));
        var seen = await hub.Approvals.FindAsync(GateHub.Ada, waiting, default);
        Assert.Equal(("cancelled", "The session ended."), (seen!.Status, seen.Reason));
        Assert.Equal(("approval.cancelled", "cancelled"), (await hub.RecordAsync(turn))[^1] is var row ? (row.Event, row.Outcome) : default);
        Assert.Equal("already_decided", Assert.IsType<ApprovalDecision.Refused>(await hub.AcceptAsync(waiting)).Code);
    }

    [Fact]
    public async Task A_plan_is_no_agents_approval()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await hub.SetAsync("a", "one");
        var plan = (await hub.CallAsync("note.drop", new { id = "a" })).ApprovalId!;
        Assert.Null(await hub.AnswerAsync(plan));
        Assert.Null(await hub.AnswerAsync("apr_none"));
        await using var transaction = await hub.Database.BeginAsync(default);
        Assert.False(await hub.Get<IAgentApprovals>().CancelAsync(transaction, plan, "no", AgentAsks.Worker, default));
    }

    private static string? Text(JsonNode? node) => node?.GetValue<string>();
}

public sealed class AgentApprovalOnSqliteTests() : AgentApprovalTests(TestStore.Sqlite);

public sealed class AgentApprovalOnPostgresTests() : AgentApprovalTests(TestStore.Postgres);
