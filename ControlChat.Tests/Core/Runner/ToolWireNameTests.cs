using ControlChat.Core.Runner;
using Xunit;

namespace ControlChat.Tests.Core.Runner;

public sealed class ToolWireNameTests
{
    private static readonly string[] Known = ["workspace.add_collaborator", "workspace.list", "ui_action", "handoff_to_workspace_agent", "undo"];

    [Fact]
    public void Every_name_comes_back() => Assert.All(Known, name => Assert.Equal(name, ToolWireName.ToTool(ToolWireName.Of(name), Known)));

    [Fact]
    public void A_dotted_name_is_understood_too() => Assert.Equal("workspace.list", ToolWireName.ToTool("workspace.list", Known));

    [Theory, InlineData("workspace_explode"), InlineData("ui.action"), InlineData("undo_"), InlineData("")]
    public void An_invented_name_stays_as_it_is(string name) => Assert.Equal(name, ToolWireName.ToTool(name, Known));
}
