using System.Text.Json.Nodes;
using Bunit;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Workspaces;

/// <summary>What the page of one workspace shows and offers of its sync.</summary>
public sealed class WorkspaceSyncTests : WorkspacesPageBench
{
    [Fact]
    public async Task A_run_shows_how_far_it_is_by_itself_and_is_cancelled_here()
    {
        Gate.Workspaces.Add(ScriptedGate.Of("demo"));
        var id = Gate.Workspaces[0].Id;
        Gate.Sync = Status("running", percent: 40);
        var page = Show($"/workspaces/{id}");
        Assert.Equal("40", page.Find("[data-part=sync] [role=progressbar]").GetAttribute("aria-valuenow"));
        Assert.Equal(["Cancel sync"], Buttons(page));
        Press(page, "Cancel sync");
        Assert.Equal([$"acc_1 {id} ui"], Cancelled.Asked);
        Gate.Sync = Status("cancelled", percent: 40);
        Bus.Say();
        await Waiting.UntilAsync(() =>
        {
            Shell.Time.Advance(TimeSpan.FromMilliseconds(250));
            return page.Find("[data-part=sync] .state").TextContent.Contains("Cancelled", StringComparison.Ordinal);
        }, TimeSpan.FromSeconds(30));
        Assert.Empty(page.FindAll("[role=progressbar]"));
        Assert.Equal(["Sync now", "Configure sync", "Remove sync"], Buttons(page));
    }

    [Fact]
    public void What_was_written_elsewhere_is_shown_with_what_cannot_be_seen()
    {
        Gate.Workspaces.Add(ScriptedGate.Of("demo"));
        Gate.Sync = Status("failed", error: "rsync ended with code 23: \u202egone");
        var part = Show($"/workspaces/{Gate.Workspaces[0].Id}").Find("[data-part=sync]");
        Assert.Contains("/srv/data", part.TextContent, StringComparison.Ordinal);
        Assert.Contains("SHA256:abc", part.TextContent, StringComparison.Ordinal);
        Assert.NotEmpty(part.QuerySelectorAll(".unseen"));
    }

    [Fact]
    public void Configuring_and_running_are_asked_for_through_the_gate()
    {
        Gate.Workspaces.Add(ScriptedGate.Of("demo"));
        var id = Gate.Workspaces[0].Id;
        Gate.Sync = Status("never");
        var page = Show($"/workspaces/{id}");
        Press(page, "Sync now");
        Assert.Equal(("sync.run", $$"""{"workspace_id":"{{id}}"}"""), (Gate.Last.Tool, Gate.Last.Arguments.GetRawText()));
        Press(page, "Configure sync");
        Assert.Equal("/srv/data", page.Find("#sync-remote").GetAttribute("value"));
        page.Find("#sync-remote").Input("ssh://files.example/srv");
        page.Find("#sync-direction").Change("pull");
        page.Find("#sync-exclude").Input("*.tmp\n\n node_modules/ ");
        page.Find("#sync-form").Submit();
        Assert.Equal($$"""{"remote":"ssh://files.example/srv","direction":"pull","exclude":["*.tmp","node_modules/"],"workspace_id":"{{id}}"}""", Gate.Last.Arguments.GetRawText());
        Press(page, "Remove sync");
        Assert.Equal($$"""{"remote":null,"workspace_id":"{{id}}"}""", Gate.Last.Arguments.GetRawText());
    }

    [Theory]
    [InlineData(WorkspaceRole.Viewer, WorkspaceState.Active)]
    [InlineData(WorkspaceRole.Collaborator, WorkspaceState.Active)]
    [InlineData(WorkspaceRole.Owner, WorkspaceState.Archived)]
    public void Who_may_not_sync_sees_the_state_only(string role, string state)
    {
        Gate.Workspaces.Add(ScriptedGate.Of("demo", state, role));
        Gate.Sync = Status("running");
        var page = Show($"/workspaces/{Gate.Workspaces[0].Id}");
        Assert.Contains("Syncing", page.Find("[data-part=sync]").TextContent, StringComparison.Ordinal);
        Assert.Empty(Buttons(page));
    }

    private static IEnumerable<string> Buttons(IRenderedComponent<ControlChat.App.Workspaces.WorkspacesPage> page) => page.FindAll("[data-part=sync] button:not([data-trail])").Select(b => b.TextContent);

    private static JsonObject Status(string state, int percent = 0, string? error = null) => new()
    {
        ["remote"] = "/srv/data",
        ["direction"] = "push",
        ["exclude"] = new JsonArray("*.tmp"),
        ["host_key"] = "ssh-ed25519 SHA256:abc",
        ["state"] = state,
        ["progress"] = new JsonObject { ["files"] = 3, ["bytes"] = 1234, ["percent"] = percent },
        ["ended_at"] = null,
        ["last_error"] = error,
        ["last_result"] = null,
    };
}
