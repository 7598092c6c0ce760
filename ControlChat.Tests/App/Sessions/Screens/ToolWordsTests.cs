using System.Text.Json.Nodes;
using ControlChat.App.Sessions.Screens;
using Xunit;

namespace ControlChat.Tests.App.Sessions.Screens;

public sealed class ToolWordsTests
{
    private static readonly JsonObject Edit = new() { ["path"] = "README.md", ["applied"] = true, ["backup"] = "20261127T080000Z-0001", ["diff"] = "--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-a\n+b\n" };

    [Fact]
    public void An_edit_of_the_hubs_own_tool_is_a_change_with_what_was_before()
    {
        var change = new DocumentChange("README.md", Edit["diff"]!.GetValue<string>(), "20261127T080000Z-0001");
        Assert.Equal(change, ToolWords.Change(Call(new JsonObject { ["content"] = new JsonArray(), ["structuredContent"] = Edit.DeepClone() })));
        Assert.Equal(change, ToolWords.Change(Call(new JsonObject { ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = Edit.ToJsonString() }) })));
    }

    [Fact]
    public void Anything_else_stays_a_result()
    {
        var result = new JsonObject { ["structuredContent"] = Edit.DeepClone() };
        Assert.Null(ToolWords.Change(Call(result) with { Server = "other" }));
        Assert.Null(ToolWords.Change(Call(result) with { Status = "failed" }));
        Assert.Null(ToolWords.Change(Call(new JsonObject { ["structuredContent"] = new JsonObject { ["path"] = "a", ["diff"] = "" } })));
        Assert.Null(ToolWords.Change(Call(new JsonObject { ["structuredContent"] = new JsonObject { ["path"] = 3, ["diff"] = 4 } })));
        Assert.Null(ToolWords.Change(Call(new JsonObject { ["content"] = new JsonArray(new JsonObject { ["text"] = "{\"diff\": cut" }) })));
        Assert.Null(ToolWords.Change(Call([]) with { Result = "no JSON" }));
        Assert.Null(ToolWords.Change(Call([]) with { Result = null }));
    }

    private static SessionItem.Tool Call(JsonObject result) => new("k", default, "completed", "workspace", "replace_section", "{}", result.ToJsonString(), null, 3);
}
