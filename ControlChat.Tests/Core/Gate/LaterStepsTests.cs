using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using Xunit;

namespace ControlChat.Tests.Core.Gate;

/// <summary>Which later steps hang on what an earlier one makes: those that name its id, and none that happen to hold the same text.</summary>
public sealed class LaterStepsTests
{
    private static readonly PlanStep _configure = Step("sync.configure", new() { ["workspace_id"] = "ws_1" }, "sync/ws_1");
    private static readonly PlanStep _share = Step("workspace.add_collaborator", new() { ["workspace_id"] = "ws_1" }, "member/ws_1:acc_1");
    private static readonly PlanStep _copy = Step("sync.run", new() { ["workspace_id"] = "ws_2" }, "file/notes");
    private static readonly PlanStep _rename = new("workspace.rename", "", new() { ["workspace_id"] = "ws_1", ["title"] = "notes" }, [new Effect("update", "workspace/ws_1", "title", "a", "notes")], [], ToolScope.Write, null, true, null);

    [Fact]
    public void A_text_that_equals_the_name_of_something_made_is_no_reference()
    {
        PlanStep[] steps = [_configure, _share, _copy, _rename];
        Assert.Equal([0, 1, 2], Veto.Spread(steps, [0, 1, 2]));
        Assert.Equal("""{"workspace_id":"ws_1","title":"notes"}""", RestOfSteps.Of(steps, _ => true)[3]!["arguments"]!.ToJsonString());
    }

    [Theory]
    [InlineData("workspace", "workspace_id")]
    [InlineData("invitation", "invitation_id")]
    [InlineData("session", "session_id")]
    public void What_gets_its_id_when_it_is_planned_is_named_by_its_step(string kind, string argument)
    {
        PlanStep[] steps = [_configure, Step("make", [], $"{kind}/x_1"), Step("use", new() { [argument] = "x_1" }, "note/n")];
        Assert.Equal([1, 2], Veto.Spread(steps, [1]));
        Assert.Equal("{\"" + argument + "\":{\"$step\":0}}", RestOfSteps.Of(steps, i => i > 0)[1]!["arguments"]!.ToJsonString());
    }

    private static PlanStep Step(string tool, JsonObject arguments, string made) => new(tool, "", arguments, [new Effect("create", made, null, null, "x")], [], ToolScope.Write, null, true, null);
}
