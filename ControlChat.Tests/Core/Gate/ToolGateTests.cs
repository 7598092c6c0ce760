using System.Text.Json;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Settings;
using Xunit;

namespace ControlChat.Tests.Core.Gate;

public sealed class ToolGateTests
{
    [Fact]
    public async Task A_plain_write_is_applied_at_once_and_stands_on_the_record()
    {
        await using var hub = await GateHub.CreateAsync();
        var outcome = await hub.SetAsync("a", "one");
        Assert.Equal("completed", outcome.Status);
        Assert.StartsWith("act_", outcome.ActionId);
        Assert.True(outcome.Undo.Available);
        Assert.Equal("one", await hub.NoteAsync("a"));
        Assert.Equal(["tool.applied note.set"], await hub.EventsAsync());
    }

    [Fact]
    public async Task A_plan_hash_can_be_computed_again_from_what_is_shown()
    {
        await using var hub = await GateHub.CreateAsync();
        var outcome = await hub.CallAsync("note.set", new { id = "a", text = "one" }, dryRun: true);
        var detail = await hub.Gate.FindPlanAsync(GateHub.Ada, outcome.Plan!.Id, default);
        Assert.Equal("planned", outcome.Status);
        Assert.Equal(outcome.Plan.Hash, ControlChat.Core.Hub.CanonicalJson.Hash(detail!.Canonical));
        Assert.Null(await hub.NoteAsync("a"));
        Assert.Empty(await hub.EventsAsync());
    }

    [Fact]
    public async Task A_dry_run_is_applied_later_by_its_id_and_nothing_else()
    {
        await using var hub = await GateHub.CreateAsync();
        var plan = (await hub.CallAsync("note.set", new { id = "a", text = "one" }, dryRun: true)).Plan!;
        var applied = await hub.Gate.ApplyPlanAsync(GateHub.Ada, plan.Id, "apply-0001", new CallOrigin("rest"), default);
        var again = await hub.Gate.ApplyPlanAsync(GateHub.Ada, plan.Id, "apply-0001", new CallOrigin("rest"), default);
        var other = await hub.Gate.ApplyPlanAsync(GateHub.Ada, plan.Id, "apply-0002", new CallOrigin("rest"), default);
        var foreign = await hub.Gate.ApplyPlanAsync(GateHub.Ben, plan.Id, "apply-0003", new CallOrigin("rest"), default);
        Assert.Equal(("completed", plan.Hash), (applied.Status, applied.Plan!.Hash));
        Assert.True(again.Replayed);
        Assert.Equal("conflict", other.Status);
        Assert.Equal("not_found", foreign.Status);
    }

    [Fact]
    public async Task A_stored_plan_is_stale_when_what_it_read_has_moved()
    {
        await using var hub = await GateHub.CreateAsync();
        await hub.SetAsync("a", "one");
        var plan = (await hub.CallAsync("note.set", new { id = "a", text = "two" }, dryRun: true)).Plan!;
        await hub.MeddleAsync("a", "meanwhile");
        var stale = await hub.Gate.ApplyPlanAsync(GateHub.Ada, plan.Id, "apply-0001", new CallOrigin("rest"), default);
        Assert.Equal(("plan_stale", 409), (stale.Status, stale.Http));
        Assert.Contains(stale.Difference!, d => d!["kind"]!.GetValue<string>() == "read_set");
        Assert.Contains(stale.Difference!, d => d!["kind"]!.GetValue<string>() == "effect");
        var fresh = await hub.Gate.ApplyPlanAsync(GateHub.Ada, stale.Plan!.Id, "apply-0002", new CallOrigin("rest"), default);
        Assert.Equal("completed", fresh.Status);
    }

    [Fact]
    public async Task A_stored_plan_whose_ground_is_gone_is_stale_without_a_fresh_one()
    {
        await using var hub = await GateHub.CreateAsync();
        await hub.SetAsync("a", "one");
        var plan = (await hub.CallAsync("note.drop", new { id = "a" }, dryRun: true)).Plan!;
        Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync((await hub.CallAsync("note.drop", new { id = "a" })).ApprovalId));
        var stale = await hub.Gate.ApplyPlanAsync(GateHub.Ada, plan.Id, "apply-0001", new CallOrigin("rest"), default);
        Assert.Equal(("plan_stale", null), (stale.Status, stale.Plan));
        Assert.NotEmpty(stale.Difference!);
    }

    [Fact]
    public async Task Nothing_to_change_succeeds_at_once_and_asks_nobody()
    {
        await using var hub = await GateHub.CreateAsync();
        await hub.SetAsync("a", "one");
        var outcome = await hub.CallAsync("note.set", new { id = "a", text = "one" }, tainted: true);
        Assert.Equal(("completed", null, "one"), (outcome.Status, outcome.ActionId, outcome.Result!["text"]!.GetValue<string>()));
        Assert.Single(await hub.EventsAsync());
    }

    [Fact]
    public async Task The_same_request_repeats_its_answer_and_not_its_effect()
    {
        await using var hub = await GateHub.CreateAsync();
        var first = await hub.CallAsync("note.set", new { id = "a", text = "one" }, requestId: "same-request");
        await hub.SetAsync("a", "two");
        var second = await hub.CallAsync("note.set", new { text = "one", id = "a" }, requestId: "same-request");
        Assert.Equal("two", await hub.NoteAsync("a"));
        Assert.Equal(JsonSerializer.Serialize(first with { Replayed = true }), JsonSerializer.Serialize(second));
        Assert.Equal("request_id_reused", (await hub.CallAsync("note.set", new { id = "a", text = "three" }, requestId: "same-request")).Status);
        Assert.Equal("completed", (await hub.CallAsync("note.set", new { id = "b", text = "three" }, GateHub.Ben, requestId: "same-request")).Status);
    }

    [Fact]
    public async Task A_hundred_equal_requests_at_once_have_one_effect()
    {
        await using var hub = await GateHub.CreateAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => hub.CallAsync("note.set", new { id = "a", text = "one" }, requestId: "same-request"))));
        Assert.Single(outcomes, o => !o.Replayed);
        Assert.All(outcomes, o => Assert.Equal("completed", o.Status));
        Assert.Single(outcomes.Select(o => o.ActionId).Distinct());
        Assert.Single(await hub.EventsAsync());
    }

    [Theory]
    [InlineData("note.nope", "{}", "not_found", "unknown_tool")]
    [InlineData("note.set", "{\"id\":\"a\"}", "invalid", "invalid")]
    [InlineData("note.set", "{\"id\":\"a\",\"text\":1}", "invalid", "invalid")]
    [InlineData("note.set", "{\"id\":\"a\",\"text\":\"x\",\"confirm\":true}", "invalid", "unknown_field")]
    [InlineData("note.set", "{\"id\":\"a\",\"text\":\"12345678901234567890123456789012345678901\"}", "invalid", "too_long")]
    [InlineData("note.set", "{\"id\":\"a\",\"id\":\"b\",\"text\":\"x\"}", "invalid", "invalid")]
    [InlineData("note.set", "[1]", "invalid", "invalid")]
    [InlineData("note.list", "{\"limit\":0}", "invalid", "invalid")]
    [InlineData("note.set", "{\"id\":\"a\",\"text\":\"refuse\"}", "conflict", "conflict")]
    public async Task A_call_that_cannot_be_is_refused_with_its_reason(string tool, string arguments, string status, string code)
    {
        await using var hub = await GateHub.CreateAsync();
        var call = new ToolCall(tool, "request-0001", JsonDocument.Parse(arguments).RootElement, new CallOrigin("rest"));
        var outcome = await hub.Gate.InvokeAsync(GateHub.Ada, call, default);
        Assert.Equal((status, code), (outcome.Status, outcome.Error!.Code));
        Assert.Equal(0, await hub.CountAsync("select count(*) from notes"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("short")]
    [InlineData("has space in it")]
    public async Task A_request_id_has_its_form(string? id)
    {
        await using var hub = await GateHub.CreateAsync();
        var call = new ToolCall("note.list", id, default, new CallOrigin("rest"));
        Assert.Equal("invalid", (await hub.Gate.InvokeAsync(GateHub.Ada, call, default)).Status);
    }

    [Fact]
    public async Task A_tool_that_breaks_leaves_nothing_and_tells_nothing_but_a_reference()
    {
        await using var hub = await GateHub.CreateAsync();
        var outcome = await hub.SetAsync("a", "break");
        Assert.Equal(("failed", 500), (outcome.Status, outcome.Http));
        Assert.DoesNotContain("secret detail", JsonSerializer.Serialize(outcome), StringComparison.Ordinal);
        Assert.Contains(outcome.Error!.Ref!, outcome.Error.Message, StringComparison.Ordinal);
        Assert.Null(await hub.NoteAsync("a"));
        Assert.Equal(["tool.failed note.set"], await hub.EventsAsync());
    }

    [Fact]
    public async Task A_read_token_reads_and_may_not_ask_for_changes()
    {
        await using var hub = await GateHub.CreateAsync();
        Assert.Equal("completed", (await hub.CallAsync("note.list", new { }, GateHub.Token(TokenScopes.Read))).Status);
        var denied = await hub.CallAsync("note.set", new { id = "a", text = "x" }, GateHub.Token(TokenScopes.Read));
        Assert.Equal(("denied", "scope_missing"), (denied.Status, denied.Error!.Code));
        Assert.Equal(["tool.denied note.set"], await hub.EventsAsync());
    }

    [Fact]
    public async Task Rights_that_ended_end_every_call()
    {
        await using var hub = await GateHub.CreateAsync();
        hub.People.Gone.Add("ses_ada");
        Assert.Equal("denied", (await hub.SetAsync("a", "x")).Status);
    }

    [Fact]
    public async Task In_a_tainted_run_every_write_asks()
    {
        await using var hub = await GateHub.CreateAsync();
        var outcome = await hub.CallAsync("note.set", new { id = "a", text = "one" }, tainted: true);
        Assert.Equal(("confirmation_required", true, 202), (outcome.Status, outcome.Plan!.Tainted, outcome.Http));
        Assert.Null(await hub.NoteAsync("a"));
    }

    [Fact]
    public async Task Settings_can_ask_for_more_and_never_for_less()
    {
        await using var hub = await GateHub.CreateAsync();
        hub.Settings.Current = new HubOptions { Policy = new PolicySection { Tools = new Dictionary<string, string> { ["note.set"] = "confirm", ["note.drop"] = "none" } } };
        Assert.Equal("confirmation_required", (await hub.SetAsync("a", "one")).Status);
        await hub.MeddleAsync("a", "x");
        hub.Settings.Current = new HubOptions { Policy = new PolicySection { Tools = new Dictionary<string, string> { ["note.drop"] = "none" } } };
        await hub.SetAsync("b", "one");
        Assert.Equal("confirmation_required", (await hub.CallAsync("note.drop", new { id = "b" })).Status);
    }

    [Fact]
    public async Task A_freeze_stops_what_applies_and_lifting_lets_it_on()
    {
        await using var hub = await GateHub.CreateAsync();
        await hub.SetAsync("a", "one");
        var asked = await hub.CallAsync("note.drop", new { id = "a" });
        var freeze = await hub.Freezes.SetAsync(GateHub.Ada, "tool", "note.drop", "Audit week.", default);
        var stopped = Assert.IsType<ApprovalDecision.Refused>(await hub.ApproveAsync(asked.ApprovalId));
        Assert.Equal((423, "frozen"), (stopped.Http, stopped.Code));
        Assert.Equal("completed", (await hub.SetAsync("b", "two")).Status);
        await hub.Freezes.SetAsync(GateHub.Ada, "hub", null, "All of it.", default);
        Assert.Equal("frozen", (await hub.SetAsync("b", "three")).Status);
        Assert.Equal("completed", (await hub.CallAsync("note.list", new { })).Status);
        foreach (var f in await hub.Freezes.ListAsync(GateHub.Ada, default)) Assert.True(await hub.Freezes.LiftAsync(GateHub.Ada, f.Id, default));
        Assert.False(await hub.Freezes.LiftAsync(GateHub.Ada, freeze.Id, default));
        Assert.Equal("completed", Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(asked.ApprovalId)).Outcome.Status);
    }

    [Fact]
    public async Task A_frozen_agent_changes_nothing_while_people_go_on()
    {
        await using var hub = await GateHub.CreateAsync();
        await hub.SetAsync("a", "one");
        var planned = await hub.CallAsync("note.drop", new { id = "a" }, via: "ask");
        await hub.Freezes.SetAsync(GateHub.Ada, "agent", "control-agent", "It went astray.", default);
        Assert.Equal("frozen", (await hub.CallAsync("note.set", new { id = "a", text = "two" }, via: "ask")).Status);
        Assert.Equal("frozen", Assert.IsType<ApprovalDecision.Refused>(await hub.ApproveAsync(planned.ApprovalId)).Code);
        Assert.Equal("completed", (await hub.CallAsync("note.set", new { id = "a", text = "two" })).Status);
        await Assert.ThrowsAsync<ToolRefusedException>(() => hub.Freezes.SetAsync(GateHub.Ada, "agent", "ask", "x", default));
    }

    [Fact]
    public async Task Only_signed_in_admins_freeze()
    {
        await using var hub = await GateHub.CreateAsync();
        await Assert.ThrowsAsync<ToolRefusedException>(() => hub.Freezes.SetAsync(GateHub.Ben, "hub", null, "x", default));
        await Assert.ThrowsAsync<ToolRefusedException>(() => hub.Freezes.SetAsync(GateHub.Token(TokenScopes.All), "hub", null, "x", default));
        await Assert.ThrowsAsync<ToolRefusedException>(() => hub.Freezes.SetAsync(GateHub.Ada, "hub", "x", "x", default));
    }

    [Fact]
    public async Task A_freeze_names_something_that_is_there_and_counts_its_reason_in_code_points()
    {
        await using var hub = await GateHub.CreateAsync();
        await Assert.ThrowsAsync<ToolRefusedException>(() => hub.Freezes.SetAsync(GateHub.Ada, "workspace", "ws_none", "x", default));
        Assert.Equal("too_long", (await Assert.ThrowsAsync<ToolRefusedException>(() => hub.Freezes.SetAsync(GateHub.Ada, "hub", null, string.Concat(Enumerable.Repeat("🧊", 501)), default))).Code);
        await hub.Freezes.SetAsync(GateHub.Ada, "hub", null, string.Concat(Enumerable.Repeat("🧊", 500)), default);
    }

    [Fact]
    public async Task The_read_result_says_that_its_text_is_untrusted()
    {
        await using var hub = await GateHub.CreateAsync();
        Assert.True((await hub.CallAsync("note.list", new { })).Untrusted);
    }
}
