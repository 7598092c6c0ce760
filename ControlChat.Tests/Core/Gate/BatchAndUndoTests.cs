using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Gate;

public abstract class BatchAndUndoTests(TestStore store)
{
    [Fact]
    public async Task An_undo_plans_the_way_back_and_runs_like_any_write()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await hub.SetAsync("a", "one");
        var second = await hub.SetAsync("a", "two");
        var undone = await hub.CallAsync("undo", new { action_id = second.ActionId });
        Assert.Equal("completed", undone.Status);
        Assert.Equal("one", await hub.NoteAsync("a"));
        Assert.Equal("conflict", (await hub.CallAsync("undo", new { action_id = second.ActionId })).Status);
        Assert.Equal("completed", (await hub.CallAsync("undo", new { action_id = undone.ActionId })).Status);
        Assert.Equal("two", await hub.NoteAsync("a"));
    }

    [Fact]
    public async Task An_undo_has_the_scope_of_what_it_does()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var made = await hub.SetAsync("a", "one");
        var asked = await hub.CallAsync("undo", new { action_id = made.ActionId });
        Assert.Equal(("confirmation_required", ToolScope.Destructive), (asked.Status, asked.Plan!.Scope));
        Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(asked.ApprovalId));
        Assert.Null(await hub.NoteAsync("a"));
    }

    [Fact]
    public async Task An_undo_names_what_moved_since()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var made = await hub.SetAsync("a", "one");
        await hub.MeddleAsync("a", "meanwhile");
        var refused = await hub.CallAsync("undo", new { action_id = made.ActionId });
        Assert.Equal("conflict", refused.Status);
        Assert.Contains("note/a", refused.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_persons_action_cannot_be_undone()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var made = await hub.SetAsync("a", "one");
        Assert.Equal("not_found", (await hub.CallAsync("undo", new { action_id = made.ActionId }, GateHub.Ben)).Status);
    }

    [Fact]
    public async Task A_batch_is_one_plan_with_the_strictest_steps_decision()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await hub.SetAsync("b", "old");
        var asked = await BatchAsync(hub, Set("a", "one"), Set("a", "two"), Drop("b"));
        Assert.Equal(("confirmation_required", ToolScope.Destructive, 3), (asked.Status, asked.Plan!.Scope, asked.Plan.Steps!.Count));
        Assert.Equal(["note/a", "note/b"], asked.Plan.ReadSet.Select(r => r.Resource));
        Assert.Equal("one", asked.Plan.Steps[1].Effects[0].Before!.GetValue<string>());
        var done = Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(asked.ApprovalId)).Outcome;
        Assert.Equal("completed", done.Status);
        Assert.Equal(["completed", "completed", "completed"], done.Result!["steps"]!.AsArray().Select(s => s!["status"]!.GetValue<string>()));
        Assert.Equal(("two", null), (await hub.NoteAsync("a"), await hub.NoteAsync("b")));
        Assert.Equal(4, (await hub.EventsAsync()).Count(e => e.StartsWith("tool.applied", StringComparison.Ordinal) && e != "tool.applied plan.batch"));
    }

    [Fact]
    public async Task A_batch_of_plain_writes_runs_at_once_and_is_undone_as_one()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await hub.SetAsync("a", "old");
        var done = await BatchAsync(hub, Set("a", "one"), Set("a", "two"));
        Assert.Equal(("completed", "two"), (done.Status, await hub.NoteAsync("a")));
        var undone = await hub.CallAsync("undo", new { action_id = done.ActionId });
        Assert.Equal(("completed", "old"), (undone.Status, await hub.NoteAsync("a")));
        Assert.Equal("conflict", (await hub.CallAsync("undo", new { action_id = done.ActionId })).Status);
    }

    [Fact]
    public async Task A_step_with_nothing_to_do_is_done_as_it_is_and_stands_on_the_record()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await hub.SetAsync("a", "one");
        var done = await BatchAsync(hub, Set("a", "one"), Set("b", "two"));
        Assert.Equal("completed", done.Status);
        var steps = done.Result!["steps"]!.AsArray();
        Assert.Equal(["completed", "completed"], steps.Select(s => (string)s!["status"]!));
        Assert.Equal((null, "one"), ((string?)steps[0]!["action_id"], (string?)steps[0]!["result"]!["text"]));
        Assert.Equal(1, await hub.CountAsync("select version from notes where id = 'a'"));
        Assert.Equal(3, (await hub.EventsAsync()).Count(e => e == "tool.applied note.set"));
        var undo = await hub.CallAsync("undo", new { action_id = done.ActionId });
        Assert.Equal("completed", Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(undo.ApprovalId)).Outcome.Status);
        Assert.Equal(("one", null), (await hub.NoteAsync("a"), await hub.NoteAsync("b")));
    }

    [Fact]
    public async Task A_batch_of_which_only_steps_with_nothing_to_do_are_left_changes_nothing_and_offers_no_undo()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await hub.SetAsync("a", "one");
        await hub.SetAsync("b", "old");
        var asked = await BatchAsync(hub, Set("a", "one"), Drop("b"));
        var done = Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(asked.ApprovalId, veto: [1])).Outcome;
        Assert.Equal(("completed", UndoOffer.None), (done.Status, done.Undo));
        Assert.Equal(("one", "old"), (await hub.NoteAsync("a"), await hub.NoteAsync("b")));
    }

    [Fact]
    public async Task A_step_names_only_what_gets_its_id_from_an_earlier_one()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var refused = await hub.CallAsync("plan.batch", new
        {
            steps = new object[]
            {
                new { tool = "note.set", arguments = new { id = "made", text = "one" } },
                new { tool = "note.set", arguments = new { id = new Dictionary<string, int> { ["$step"] = 0 }, text = "two" } },
            },
        });
        Assert.Equal(("invalid", null), (refused.Status, await hub.NoteAsync("made")));
        Assert.Contains("step 0 creates nothing", refused.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vetoed_step_takes_with_it_what_hangs_on_it()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await hub.SetAsync("b", "old");
        var asked = await BatchAsync(hub, Set("a", "one"), Set("a", "two"), Drop("b"));
        var done = Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(asked.ApprovalId, veto: [0])).Outcome;
        Assert.Equal(["vetoed", "vetoed", "completed"], done.Result!["steps"]!.AsArray().Select(s => s!["status"]!.GetValue<string>()));
        Assert.Equal((null, null), (await hub.NoteAsync("a"), await hub.NoteAsync("b")));
    }

    [Fact]
    public async Task Leaving_out_every_step_or_one_that_is_not_there_is_refused()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await hub.SetAsync("b", "old");
        var asked = await BatchAsync(hub, Set("a", "one"), Drop("b"));
        foreach (var veto in new int[][] { [0, 1], [2], [-1] })
            Assert.Equal((422, "invalid"), Assert.IsType<ApprovalDecision.Refused>(await hub.ApproveAsync(asked.ApprovalId, veto: veto)) is var r ? (r.Http, r.Code) : default);
        Assert.Equal("old", await hub.NoteAsync("b"));
    }

    [Fact]
    public async Task The_first_step_that_fails_stops_the_rest()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await hub.SetAsync("z", "old");
        var asked = await BatchAsync(hub, Set("a", "one"), Set("b", "break"), Drop("z"));
        var done = Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(asked.ApprovalId)).Outcome;
        Assert.Equal(("partial", 200, "failed"), (done.Status, done.Http, done.Error!.Code));
        Assert.Equal(["completed", "failed", "not_run"], done.Result!["steps"]!.AsArray().Select(s => s!["status"]!.GetValue<string>()));
        Assert.Equal(("one", null, "old"), (await hub.NoteAsync("a"), await hub.NoteAsync("b"), await hub.NoteAsync("z")));
        var undo = await hub.CallAsync("undo", new { action_id = done.ActionId });
        Assert.Equal("confirmation_required", undo.Status);
        Assert.Equal("completed", Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(undo.ApprovalId)).Outcome.Status);
        Assert.Null(await hub.NoteAsync("a"));
    }

    [Fact]
    public async Task A_batch_that_was_booked_before_a_crash_is_finished_once_by_the_next_process()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await hub.SetAsync("b", "old");
        var asked = await BatchAsync(hub, Set("a", "one"), Drop("b"));
        string batch;
        await using (var transaction = await hub.Database.BeginAsync(default))
        {
            // What approving does up to its commit, in a process that dies right after it.
            Assert.True(await ApprovalStore.ConsumeAsync(transaction, asked.ApprovalId!, asked.Plan!.Hash, "acc_ada", default));
            batch = await BatchRunner.BookAsync(transaction, new BatchOrder(asked.Plan, GateHub.Ada, new CallOrigin("rest"), "plan.batch", asked.RequestId, asked.ApprovalId, "acc_ada", []), default);
            await transaction.CommitAsync(default);
        }
        await using var next = await hub.ReopenAsync();
        var outcomes = await Task.WhenAll(hub.Get<BatchRunner>().RunAsync(batch), next.Get<BatchRunner>().RunAsync(batch), next.Get<BatchRunner>().RunAsync(batch));
        Assert.All(outcomes, o => Assert.Equal("completed", o.Status));
        Assert.Equal(1, await hub.CountAsync("select version from notes where id = 'a'"));
        Assert.Single(await hub.EventsAsync(), e => e == "tool.applied note.drop");
        Assert.Equal(1, await hub.CountAsync("select count(*) from outbox where topic = 'batch.run'"));
    }

    [Fact]
    public async Task A_step_that_is_finished_already_is_not_finished_again()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await hub.SetAsync("b", "old");
        var asked = await BatchAsync(hub, Drop("b"));
        await using var transaction = await hub.Database.BeginAsync(default);
        var batch = await BatchRunner.BookAsync(transaction, new BatchOrder(asked.Plan!, GateHub.Ada, new CallOrigin("rest"), null, null, null, null, []), default);
        await BatchStore.FinishStepAsync(transaction, batch, new BatchStepRow { Step = 0, Status = "completed" }, default);
        await Assert.ThrowsAsync<InvalidOperationException>(() => BatchStore.FinishStepAsync(transaction, batch, new BatchStepRow { Step = 0, Status = "failed" }, default));
        Assert.Equal("completed", Assert.Single(await BatchStore.StepsAsync(transaction, batch, default)).Status);
    }

    [Fact]
    public async Task A_step_whose_ground_moved_while_the_batch_ran_is_stale()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await hub.SetAsync("b", "old");
        var asked = await BatchAsync(hub, Set("a", "one"), Drop("b"));
        string batch;
        await using (var transaction = await hub.Database.BeginAsync(default))
        {
            batch = await BatchRunner.BookAsync(transaction, new BatchOrder(asked.Plan!, GateHub.Ada, new CallOrigin("rest"), null, null, null, null, []), default);
            await transaction.CommitAsync(default);
        }
        await hub.MeddleAsync("b", "meanwhile");
        var outcome = await hub.Get<BatchRunner>().RunAsync(batch);
        Assert.Equal(("partial", "plan_stale"), (outcome.Status, outcome.Error!.Code));
        Assert.Equal("meanwhile", await hub.NoteAsync("b"));
    }

    [Fact]
    public async Task No_batch_stands_inside_a_batch()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var refused = await hub.CallAsync("plan.batch", new { steps = new[] { new { tool = "plan.batch", arguments = new { steps = Array.Empty<object>() } } } });
        Assert.Equal("invalid", refused.Status);
        Assert.Equal("invalid", (await hub.CallAsync("plan.batch", new { steps = Array.Empty<object>() })).Status);
    }

    [Fact]
    public void The_plan_hash_is_that_of_the_contract()
    {
        const string canonical = """{"arguments":{"title":"b","workspace_id":"ws_1"},"compensation":{"arguments":{"title":"a","workspace_id":"ws_1"},"tool":"workspace.rename"},"cost":null,"effects":[{"after":"b","before":"a","field":"title","op":"update","resource":"workspace/ws_1"}],"read_set":[{"resource":"workspace/ws_1","version":7}],"reversible":true,"scope":"write","steps":null,"tool":"workspace.rename","tool_hash":"0000000000000000000000000000000000000000000000000000000000000000","v":1}""";
        var plan = new Plan
        {
            Id = "pln_1",
            Hash = "",
            Tool = "workspace.rename",
            ToolHash = new string('0', 64),
            Arguments = new() { ["workspace_id"] = "ws_1", ["title"] = "b" },
            Summary = "",
            Effects = [new Effect("update", "workspace/ws_1", "title", "a", "b")],
            ReadSet = [new ReadVersion("workspace/ws_1", 7)],
            Scope = ToolScope.Write,
            Access = false,
            Cost = null,
            Reversible = true,
            TypedConfirmation = null,
            Compensation = new Compensation("workspace.rename", new() { ["workspace_id"] = "ws_1", ["title"] = "a" }),
            Steps = null,
            Warnings = [],
            Tainted = false,
            Decision = "none",
            CreatedAt = default,
            ExpiresAt = default,
        };
        Assert.Equal(canonical, CanonicalJson.Write(PlanHash.Canonical(plan)));
        Assert.Equal("8169453b9ffc251a6a45e6c9cecb1170d68184a15a9363aabe854c60e984dcc5", PlanHash.Of(plan));
    }

    private static (string Tool, object Arguments) Set(string id, string text) => ("note.set", new { id, text });

    private static (string Tool, object Arguments) Drop(string id) => ("note.drop", new { id });

    private static Task<Outcome> BatchAsync(GateHub hub, params (string Tool, object Arguments)[] steps) =>
        hub.CallAsync("plan.batch", new { steps = steps.Select(s => new { tool = s.Tool, arguments = s.Arguments }) });
}

public sealed class BatchAndUndoOnSqliteTests() : BatchAndUndoTests(TestStore.Sqlite);

public sealed class BatchAndUndoOnPostgresTests() : BatchAndUndoTests(TestStore.Postgres);
