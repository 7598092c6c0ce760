using ControlChat.Core.Gate;
using ControlChat.Core.Settings;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Gate;

/// <summary>Which person a decision needs, by the policy of the moment it is made, and which approvals can be asked again.</summary>
public abstract class WhoDecidesTests(TestStore store)
{
    [Fact]
    public async Task A_policy_that_grew_stricter_holds_for_what_waits_already()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var asked = await AskAsync(hub);
        Assert.Equal("confirm", asked.Plan!.Decision);
        hub.Settings.Current = WithPolicy("second_person");
        Assert.Equal((403, "second_person_required"), await RefusalAsync(hub, asked));
        hub.Settings.Current = WithPolicy("confirm_recent");
        hub.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal((401, "step_up_required"), await RefusalAsync(hub, asked));
        Assert.Equal("one", await hub.NoteAsync("a"));
        Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(asked.ApprovalId, GateHub.Ada with { AuthTime = hub.Time.GetUtcNow() }));
    }

    [Fact]
    public async Task A_policy_that_grew_milder_does_not_free_what_waits_already()
    {
        await using var hub = await GateHub.CreateAsync(store);
        hub.Settings.Current = WithPolicy("second_person");
        var asked = await AskAsync(hub);
        hub.Settings.Current = new HubOptions();
        Assert.Equal((403, "second_person_required"), await RefusalAsync(hub, asked));
    }

    [Fact]
    public async Task The_one_who_asked_is_told_that_a_second_person_must_decide_whatever_token_they_send()
    {
        await using var hub = await GateHub.CreateAsync(store);
        hub.Settings.Current = WithPolicy("second_person");
        var asked = await AskAsync(hub);
        Assert.Null((await hub.Approvals.OpenAsync(GateHub.Ada, asked.ApprovalId!, default))!.ConfirmToken);
        foreach (var token in new[] { null, new string('A', 43) })
        {
            var refused = Assert.IsType<ApprovalDecision.Refused>(await hub.Approvals.ApproveAsync(GateHub.Ada, asked.ApprovalId!, new ApproveRequest(token), default));
            Assert.Equal((403, "second_person_required"), (refused.Http, refused.Code));
        }
        Assert.DoesNotContain(await hub.EventsAsync(), e => e.StartsWith("approval.token_rejected", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_an_expired_approval_is_planned_anew()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var consumed = await AskAsync(hub);
        await hub.ApproveAsync(consumed.ApprovalId);
        var declined = await AskAsync(hub, "b");
        await hub.Approvals.DeclineAsync(GateHub.Ada, declined.ApprovalId!, null, default);
        var superseded = await AskAsync(hub, "c");
        await hub.MeddleAsync("c", "two");
        Assert.IsType<ApprovalDecision.Stale>(await hub.ApproveAsync(superseded.ApprovalId));
        foreach (var asked in new[] { consumed, declined, superseded })
        {
            var refused = Assert.IsType<ApprovalDecision.Refused>(await hub.Approvals.ReplanAsync(GateHub.Ada, asked.ApprovalId!, new CallOrigin("ui"), default));
            Assert.Equal((409, "already_decided"), (refused.Http, refused.Code));
            Assert.NotNull(refused.Outcome);
        }
    }

    [Fact]
    public async Task A_refusal_at_approve_speaks_of_the_plans_tool()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await hub.SetAsync("a", "one");
        var planned = await hub.CallAsync("note.drop", new { id = "a" }, dryRun: true);
        var asked = await hub.Gate.ApplyPlanAsync(GateHub.Ada, planned.Plan!.Id, "apply-plan-1", new CallOrigin("rest"), default);
        await hub.Freezes.SetAsync(GateHub.Ada, "hub", null, "Stop.", default);
        var refused = Assert.IsType<ApprovalDecision.Refused>(await hub.ApproveAsync(asked.ApprovalId));
        Assert.Equal(("frozen", "note.drop"), (refused.Code, refused.Outcome!.Tool));
    }

    [Fact]
    public async Task The_length_of_a_freezes_reason_counts_characters_and_not_code_units()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var rockets = string.Concat(Enumerable.Repeat("🚀", 500));
        Assert.Equal(rockets, (await hub.Freezes.SetAsync(GateHub.Ada, "hub", null, rockets, default)).Reason);
        var refusal = await Assert.ThrowsAsync<ToolRefusedException>(() => hub.Freezes.SetAsync(GateHub.Ada, "hub", null, rockets + "🚀", default));
        Assert.Equal("too_long", refusal.Code);
    }

    private static HubOptions WithPolicy(string decision) =>
        new() { Policy = new PolicySection { Tools = new Dictionary<string, string> { ["note.drop"] = decision } } };

    private static async Task<(int Http, string Code)> RefusalAsync(GateHub hub, Outcome asked)
    {
        var refused = Assert.IsType<ApprovalDecision.Refused>(await hub.ApproveAsync(asked.ApprovalId));
        return (refused.Http, refused.Code);
    }

    private static async Task<Outcome> AskAsync(GateHub hub, string id = "a")
    {
        await hub.SetAsync(id, "one");
        return await hub.CallAsync("note.drop", new { id });
    }
}

public sealed class WhoDecidesOnSqliteTests() : WhoDecidesTests(TestStore.Sqlite);

public sealed class WhoDecidesOnPostgresTests() : WhoDecidesTests(TestStore.Postgres);
