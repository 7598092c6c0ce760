using ControlChat.App.Approvals;
using ControlChat.Core.Gate;
using ControlChat.Tests.Core.Gate;
using Xunit;

namespace ControlChat.Tests.App.Approvals;

public sealed class RestOfBatchTests
{
    [Theory]
    [InlineData(true, "confirmation_required")]
    [InlineData(false, "failed")]
    public async Task The_rest_of_a_tainted_batch_asks_again(bool tainted, string error)
    {
        await using var hub = await GateHub.CreateAsync();
        object[] steps = [new { tool = "note.set", arguments = new { id = "a", text = "one" } }, new { tool = "note.set", arguments = new { id = "b", text = "break" } }];
        var stopped = await hub.CallAsync("plan.batch", new { steps }, tainted: tainted);
        if (tainted) stopped = Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(stopped.ApprovalId)).Outcome;
        Assert.Equal("partial", stopped.Status);
        var rest = await RestOfBatch.PlanAsync(hub.Gate, GateHub.Ada, stopped, default);
        Assert.Equal(error, rest.Error?.Code ?? rest.Status);
    }
}
