using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Gate;

/// <summary>What people answer workspace agents, and what the worker then reads.</summary>
public abstract class AgentAnswerTests(TestStore store)
{
    [Fact]
    public async Task A_yes_is_given_once_recorded_and_announced()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var id = await hub.OpenAsync(AgentAsks.Command());
        var done = Assert.IsType<ApprovalDecision.Done>(await hub.AcceptAsync(id)).Outcome;
        Assert.Equal(("completed", "agent_command", id, null), (done.Status, done.Tool, done.ApprovalId, done.ActionId));
        Assert.Equal(new AgentDecision.Accepted(null), await hub.AnswerAsync(id));
        var seen = await hub.Approvals.FindAsync(GateHub.Ada, id, default);
        Assert.Equal(("consumed", "accept", "acc_ada"), (seen!.Status, seen.Answer, seen.DecidedBy));
        var again = Assert.IsType<ApprovalDecision.Refused>(await hub.AcceptAsync(id));
        Assert.Equal((409, "already_decided", "completed"), (again.Http, again.Code, again.Outcome!.Status));
        var row = (await hub.RecordAsync(id))[^1];
        Assert.Equal(("agent_approval.answered", "accepted"), (row.Event, row.Outcome));
        Assert.Equal(("acc_ada", "acc_ada", "ws_1", "ses_agent", "accept"),
            (Text(row.Row["approver"]), Text(row.Row["actor"]!["account"]), Text(row.Row["workspace_id"]), Text(row.Row["data"]!["session_id"]), Text(row.Row["data"]!["answer"])));
        Assert.Equal(1, await hub.CountAsync("select count(*) from outbox where topic = 'approval.decided'"));
        Assert.Equal(0, await hub.CountAsync("select count(*) from confirm_tokens"));
        Assert.Equal(0, await hub.CountAsync("select count(*) from actions"));
    }

    [Fact]
    public async Task Of_a_hundred_yeses_and_noes_at_once_exactly_one_counts()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var id = await hub.OpenAsync(AgentAsks.Command());
        var open = await hub.Approvals.OpenAsync(GateHub.Ada, id, default);
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => i % 10 == 9
            ? hub.Approvals.DeclineAsync(GateHub.Ada, id, null, default)
            : hub.Approvals.ApproveAsync(GateHub.Ada, id, new ApproveRequest(open!.ConfirmToken) { Answer = "accept" }, default))));
        Assert.Single(answers, a => a is ApprovalDecision.Done or ApprovalDecision.Declined);
        Assert.All(answers.OfType<ApprovalDecision.Refused>(), r => Assert.Equal("already_decided", r.Code));
        Assert.Equal(99, answers.OfType<ApprovalDecision.Refused>().Count());
        Assert.Single(await hub.RecordAsync(id), r => r.Event == "agent_approval.answered");
        Assert.Equal(1, await hub.CountAsync("select count(*) from outbox where topic = 'approval.decided'"));
    }

    [Theory]
    [InlineData("decline", "declined")]
    [InlineData("cancel", "cancelled")]
    public async Task A_no_needs_no_confirm_token_by_either_way_of_asking(string answer, string outcome)
    {
        await using var hub = await GateHub.CreateAsync(store);
        var first = await hub.OpenAsync(AgentAsks.Command());
        var second = await hub.OpenAsync(AgentAsks.Command(), "ask-2");
        Assert.IsType<ApprovalDecision.Declined>(await hub.Approvals.ApproveAsync(GateHub.Ada, first, new ApproveRequest(null) { Answer = answer }, default));
        var declined = Assert.IsType<ApprovalDecision.Declined>(answer == "cancel"
            ? await hub.Approvals.CancelTurnAsync(GateHub.Ada, second, default)
            : await hub.Approvals.DeclineAsync(GateHub.Ada, second, "Not there.", default)).Approval;
        Assert.Equal(("declined", answer), (declined.Status, declined.Answer));
        AgentDecision expected = answer == "cancel" ? new AgentDecision.Cancelled(ByPerson: true) : new AgentDecision.Declined("Not there.");
        Assert.Equal(expected, await hub.AnswerAsync(second));
        Assert.Equal(("agent_approval.answered", outcome), (await hub.RecordAsync(second))[^1] is var row ? (row.Event, row.Outcome) : default);
    }

    [Fact]
    public async Task A_confirm_token_belongs_to_one_approval_its_very_subject_and_one_sign_in()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var id = await hub.OpenAsync(AgentAsks.Command());
        var other = await hub.OpenAsync(AgentAsks.Command(), "ask-2");
        var token = (await hub.Approvals.OpenAsync(GateHub.Ada, id, default))!.ConfirmToken;
        Assert.Equal("confirm_token_invalid", await CodeAsync(other, token));
        Assert.Equal("confirm_token_invalid", await CodeAsync(id, null));
        Assert.Equal("confirm_token_invalid", await CodeAsync(id, token, GateHub.Ada with { AuthSessionId = "ses_elsewhere" }));
        // Somebody who can write to the database puts another command under the hash that was shown.
        await using (var transaction = await hub.Database.BeginAsync(default))
        {
            await transaction.ExecuteAsync("update approvals set subject = @subject where id = @id", new { id, subject = AgentAsks.Command("rm -rf /srv").ToJson() }, default);
            await transaction.CommitAsync(default);
        }
        Assert.Equal("conflict", await CodeAsync(id, token));
        Assert.IsType<AgentDecision.Pending>(await hub.AnswerAsync(id));

        async Task<string> CodeAsync(string approval, string? confirm, Principal? person = null) =>
            Assert.IsType<ApprovalDecision.Refused>(await hub.Approvals.ApproveAsync(person ?? GateHub.Ada, approval, new ApproveRequest(confirm) { Answer = "accept" }, default)).Code;
    }

    [Fact]
    public async Task Five_wrong_tokens_shut_the_sign_in_out_and_a_machines_token_never_accepts()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var id = await hub.OpenAsync(AgentAsks.Command());
        for (var i = 0; i < 5; i++)
            Assert.Equal(403, Assert.IsType<ApprovalDecision.Refused>(await hub.Approvals.ApproveAsync(GateHub.Ada, id, new ApproveRequest(new string('B', 43)) { Answer = "accept" }, default)).Http);
        Assert.Equal(429, Assert.IsType<ApprovalDecision.Refused>(await hub.AcceptAsync(id)).Http);
        Assert.Equal("approval.token_rejected", (await hub.RecordAsync(id))[^1].Event);
        Assert.Equal("token_cannot_approve", Assert.IsType<ApprovalDecision.Refused>(await hub.AcceptAsync(id, person: GateHub.Token(TokenScopes.All))).Code);
        Assert.Equal("token_cannot_approve", Assert.IsType<ApprovalDecision.Refused>(await hub.Approvals.CancelTurnAsync(GateHub.Token(TokenScopes.All), id, default)).Code);
    }

    [Fact]
    public async Task Its_owner_or_an_admin_answers_and_for_anybody_else_there_is_none()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var id = await hub.OpenAsync(AgentAsks.Command());
        Assert.Null(await hub.Approvals.FindAsync(GateHub.Ben, id, default));
        Assert.Equal(404, Assert.IsType<ApprovalDecision.Refused>(await hub.AcceptAsync(id, person: GateHub.Ben)).Http);
        Assert.Equal(404, Assert.IsType<ApprovalDecision.Refused>(await hub.Approvals.DeclineAsync(GateHub.Ben, id, null, default)).Http);
        var bens = await hub.OpenAsync(AgentAsks.Command(), session: AgentAsks.Session(hub, "ses_ben", owner: "acc_ben"));
        Assert.IsType<ApprovalDecision.Done>(await hub.AcceptAsync(bens, person: GateHub.Ada));
    }

    [Theory]
    [InlineData("hub", null)]
    [InlineData("workspace", "ws_1")]
    [InlineData("agent", "workspace_agent")]
    public async Task A_freeze_stops_a_yes_and_no_no(string scope, string? target)
    {
        await using var hub = await GateHub.CreateAsync(store);
        var id = await hub.OpenAsync(AgentAsks.Command());
        var other = await hub.OpenAsync(AgentAsks.Command(), "ask-2");
        await FreezeAsync(hub, scope, target);
        var frozen = Assert.IsType<ApprovalDecision.Refused>(await hub.AcceptAsync(id));
        Assert.Equal((423, "frozen"), (frozen.Http, frozen.Code));
        Assert.IsType<AgentDecision.Pending>(await hub.AnswerAsync(id));
        Assert.IsType<ApprovalDecision.Declined>(await hub.Approvals.DeclineAsync(GateHub.Ada, id, null, default));
        Assert.IsType<ApprovalDecision.Declined>(await hub.Approvals.CancelTurnAsync(GateHub.Ada, other, default));
    }

    [Fact]
    public async Task A_freeze_of_another_workspace_or_agent_stops_nothing_here()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await FreezeAsync(hub, "workspace", "ws_2");
        await FreezeAsync(hub, "agent", "mcp");
        Assert.IsType<ApprovalDecision.Done>(await hub.AcceptAsync(await hub.OpenAsync(AgentAsks.Command())));
    }

    [Fact]
    public async Task A_question_is_answered_as_it_asks_and_the_answer_stands_nowhere_but_where_the_worker_reads_it()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var id = await hub.OpenAsync(AgentAsks.Question());
        Assert.Equal((422, "invalid"), await CodeAsync(null));
        Assert.Equal((422, "invalid"), await CodeAsync(new JsonObject { ["size"] = "256" }));
        Assert.Equal((422, "invalid"), await CodeAsync(new JsonObject { ["size"] = 0 }));
        Assert.Equal((422, "invalid"), await CodeAsync(new JsonObject { ["size"] = 1, ["other"] = 1 }));
        Assert.Equal((422, "too_long"), await CodeAsync(new JsonObject { ["size"] = 1, ["extent"] = new string('x', QuestionForm.MostBytes) }));
        var done = Assert.IsType<ApprovalDecision.Done>(await hub.AcceptAsync(id, new JsonObject { ["size"] = 256, ["name"] = "hunter2-layer", ["cache"] = true, ["format"] = "webp", ["extent"] = new JsonArray(1, 2) }));
        var content = Assert.IsType<AgentDecision.Accepted>(await hub.AnswerAsync(id)).Content;
        Assert.Equal("""{"size":256,"name":"hunter2-layer","cache":true,"format":"webp","extent":[1,2]}""", content!.ToJsonString());
        var seen = await hub.Approvals.FindAsync(GateHub.Ada, id, default);
        foreach (var text in new[] { ControlChat.Core.Hub.Json.Write(seen), ControlChat.Core.Hub.Json.Write(done.Outcome), string.Concat((await hub.RecordAsync(id)).Select(r => r.Row.ToJsonString())) })
            Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);

        async Task<(int, string)> CodeAsync(JsonObject? given) => Assert.IsType<ApprovalDecision.Refused>(await hub.AcceptAsync(id, given)) is var r ? (r.Http, r.Code) : default;
    }

    [Fact]
    public async Task Each_kind_takes_its_own_answer_only()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var id = await hub.OpenAsync(AgentAsks.Command());
        Assert.Equal(422, Assert.IsType<ApprovalDecision.Refused>(await hub.AcceptAsync(id, new JsonObject { ["a"] = 1 })).Http);
        Assert.Equal(422, Assert.IsType<ApprovalDecision.Refused>(await hub.ApproveAsync(id)).Http);
        await hub.SetAsync("a", "one");
        var plan = (await hub.CallAsync("note.drop", new { id = "a" })).ApprovalId!;
        Assert.Equal(422, Assert.IsType<ApprovalDecision.Refused>(await hub.AcceptAsync(plan)).Http);
        Assert.Equal(422, Assert.IsType<ApprovalDecision.Refused>(await hub.Approvals.CancelTurnAsync(GateHub.Ada, plan, default)).Http);
        Assert.Equal("one", await hub.NoteAsync("a"));
    }

    private static async Task FreezeAsync(GateHub hub, string scope, string? target)
    {
        await using var transaction = await hub.Database.BeginAsync(default);
        await transaction.ExecuteAsync("insert into freezes (id, scope, target, reason, set_by, set_at) values (@id, @scope, @target, 'test', 'acc_ada', hub_now())", new { id = $"frz_{scope}", scope, target }, default);
        await transaction.CommitAsync(default);
    }

    private static string? Text(JsonNode? node) => node?.GetValue<string>();
}

public sealed class AgentAnswerOnSqliteTests() : AgentAnswerTests(TestStore.Sqlite);

public sealed class AgentAnswerOnPostgresTests() : AgentAnswerTests(TestStore.Postgres);
