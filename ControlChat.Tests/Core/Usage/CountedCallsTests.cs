using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Usage;
using ControlChat.Tests.Core.Gate;
using Xunit;

namespace ControlChat.Tests.Core.Usage;

/// <summary>Every call of a control tool is counted where it comes in, whichever door that is, and none of them writes for it.</summary>
public sealed class CountedCallsTests
{
    [Fact]
    public async Task Each_call_counts_once_for_who_made_it_by_its_tool_and_status()
    {
        await using var hub = await GateHub.CreateAsync();
        await hub.CallAsync("note.list", new { }, via: "ui");
        await hub.CallAsync("note.list", new { }, GateHub.Ben, via: "ask");
        await hub.CallAsync("note.list", new { }, GateHub.Token(TokenScopes.Read), via: "mcp");
        await hub.CallAsync("note.set", new { id = "a", text = "x" }, GateHub.Token(TokenScopes.Read));
        await hub.CallAsync("note.set", new { id = "a" });
        await hub.SetAsync("a", "one");

        Assert.Equal(
            [
                ("acc_ada", "", "note.list", 1L, 0L), ("acc_ada", "", "note.set", 2L, 1L), ("acc_ada", "tok_1", "note.list", 1L, 0L), ("acc_ada", "tok_1", "note.set", 1L, 1L), ("acc_ben", "", "note.list", 1L, 0L),
            ],
            Taken(hub));
    }

    [Fact]
    public async Task An_applied_plan_counts_by_its_tool_and_a_repeated_call_again()
    {
        await using var hub = await GateHub.CreateAsync();
        var plan = (await hub.CallAsync("note.set", new { id = "a", text = "one" }, dryRun: true)).Plan!;
        for (var i = 0; i < 2; i++) await hub.Gate.ApplyPlanAsync(GateHub.Ada, plan.Id, "apply-0001", new CallOrigin("rest"), default);
        Assert.Equal([("acc_ada", "", "note.set", 3L, 0L)], Taken(hub));
    }

    [Theory]
    [InlineData("request-0001")]
    [InlineData(null)]
    [InlineData("x")]
    public async Task Names_that_callers_make_up_are_one(string? requestId)
    {
        await using var hub = await GateHub.CreateAsync();
        for (var i = 0; i < 20; i++) await hub.Gate.InvokeAsync(GateHub.Ada, new ToolCall($"made.up.{i}", requestId, default, new CallOrigin("rest")), default);
        Assert.Equal([("acc_ada", "", UsageKinds.Unknown, 20L, 20L)], Taken(hub));
    }

    [Fact]
    public async Task A_read_writes_nothing_for_being_counted()
    {
        await using var hub = await GateHub.CreateAsync();
        await hub.CallAsync("note.list", new { });
        Assert.Equal(0, await hub.CountAsync("select count(*) from usage_days"));
        Assert.Equal(0, await hub.CountAsync("select count(*) from usage_marks"));
    }

    [Fact]
    public async Task Whoever_left_before_the_answer_is_not_counted()
    {
        await using var hub = await GateHub.CreateAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hub.Gate.InvokeAsync(GateHub.Ada, new ToolCall("note.list", "request-0001", default, new CallOrigin("rest")), new CancellationToken(canceled: true)));
        Assert.Empty(Taken(hub));
    }

    private static List<(string Account, string Token, string Name, long Calls, long Errors)> Taken(GateHub hub) =>
        [.. hub.Get<UsageCounts>().Take(1_000).GroupBy(t => (t.Key.Account, t.Key.Token, t.Key.Name))
            .Select(g => (g.Key.Account, g.Key.Token, g.Key.Name, g.Sum(t => t.Sum.Calls), g.Sum(t => t.Sum.Errors))).Order()];
}
