using Bunit;
using ControlChat.Core.Workspaces;
using Xunit;

namespace ControlChat.Tests.App.Workspaces;

/// <summary>What the page of one workspace offers for its people and its host.</summary>
public sealed class WorkspacePeopleAndHostTests : WorkspacesPageBench
{
    [Fact]
    public void An_owner_sees_the_people_and_asks_for_changes_through_theGate()
    {
        Gate.Workspaces.Add(ScriptedGate.Of("demo"));
        Gate.Members.AddRange([new Member("acc_1", "Ada", "ada@example.org", WorkspaceRole.Owner, false), new Member("acc_2", "Ma\u202Era", "mara@example.org", WorkspaceRole.Viewer, false)]);
        var id = Gate.Workspaces[0].Id;
        var page = Show($"/workspaces/{id}");
        var people = page.Find("[data-part=people]");
        Assert.Equal(2, people.QuerySelectorAll("li").Length);
        Assert.Contains("mara@example.org", people.TextContent, StringComparison.Ordinal);
        Assert.NotEmpty(people.QuerySelectorAll(".unseen"));
        Gate.Answer = call => ScriptedGate.Waits(call.Tool, "Remove 'Mara'");
        people.QuerySelectorAll("li")[1].QuerySelectorAll("button").Single(b => b.TextContent == "Remove").Click();
        Assert.Equal(("workspace.remove_collaborator", $$"""{"workspace_id":"{{id}}","account":"acc_2"}"""), (Gate.Last.Tool, Gate.Last.Arguments.GetRawText()));
        Assert.NotNull(page.Find("[data-outcome=confirmation_required] [data-card=apr_1]"));
        page.FindAll("[data-part=people] li")[1].QuerySelectorAll("button").Single(b => b.TextContent == "Change role").Click();
        page.Find("#person-role").Change(WorkspaceRole.Collaborator);
        page.Find("#person-form").Submit();
        Assert.Equal(("workspace.set_role", $$"""{"workspace_id":"{{id}}","account":"acc_2","role":"collaborator"}"""), (Gate.Last.Tool, Gate.Last.Arguments.GetRawText()));
    }

    [Fact]
    public void An_address_that_nobody_has_keeps_the_dialog_open_and_says_so()
    {
        Gate.Workspaces.Add(ScriptedGate.Of("demo"));
        var page = Show($"/workspaces/{Gate.Workspaces[0].Id}");
        Press(page, "Add person");
        page.Find("#person-account").Input("nobody@example.org");
        Gate.Answer = call => ScriptedGate.Refused(call.Tool, "not_found", "There is no account with this address.");
        page.Find("#person-form").Submit();
        Assert.Contains("There is no account with this address.", page.Find("dialog [role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("[data-outcome]"));
        page.Find("#person-account").Input("mara@example.org");
        Gate.Answer = call => ScriptedGate.Waits(call.Tool, "Add 'Mara'");
        page.Find("#person-form").Submit();
        Assert.Empty(page.FindAll("#person-form"));
        Assert.Equal($$"""{"workspace_id":"{{Gate.Workspaces[0].Id}}","account":"mara@example.org","role":"viewer"}""", Gate.Last.Arguments.GetRawText());
    }

    [Theory]
    [InlineData(WorkspaceRole.Collaborator, WorkspaceState.Active)]
    [InlineData(WorkspaceRole.Viewer, WorkspaceState.Active)]
    [InlineData(WorkspaceRole.Owner, WorkspaceState.Trashed)]
    public void Who_may_not_change_people_is_offered_nothing(string role, string state)
    {
        Gate.HasHosts = true;
        Gate.Workspaces.Add(ScriptedGate.Of("demo", state, role));
        Gate.Members.Add(new Member("acc_2", "Mara", null, WorkspaceRole.Owner, false));
        var drawer = Show($"/workspaces/{Gate.Workspaces[0].Id}").Find("aside");
        Assert.Single(drawer.QuerySelectorAll("[data-part=people] li"));
        Assert.Empty(drawer.QuerySelectorAll("[data-part=people] button:not([data-trail]), [data-part=host] button:not([data-trail])"));
    }

    [Theory]
    [InlineData(HostState.Off, "Start host")]
    [InlineData(HostState.Failed, "Start host")]
    [InlineData(HostState.Starting, "Stop host")]
    [InlineData(HostState.On, "Stop host")]
    [InlineData(HostState.Stopping, "")]
    public void A_host_is_started_and_stopped_by_its_state(string state, string button)
    {
        Gate.HasHosts = true;
        Gate.Workspaces.Add(ScriptedGate.Of("demo") with { Host = new WorkspaceHost(state, "small", state == HostState.Failed ? "The host ended by itself." : null) });
        var page = Show($"/workspaces/{Gate.Workspaces[0].Id}");
        var part = page.Find("[data-part=host]");
        Assert.Contains(state, part.TextContent, StringComparison.Ordinal);
        Assert.Equal(state == HostState.Failed, part.TextContent.Contains("The host ended by itself.", StringComparison.Ordinal));
        Assert.Equal(button, string.Join(',', part.QuerySelectorAll("button:not([data-trail])").Select(b => b.TextContent)));
    }

    [Fact]
    public void The_size_of_a_host_is_chosen_before_it_is_asked_for()
    {
        Gate.HasHosts = true;
        Gate.Workspaces.Add(ScriptedGate.Of("demo"));
        var page = Show($"/workspaces/{Gate.Workspaces[0].Id}");
        page.Find("#host-size").Change("large");
        Press(page, "Start host");
        Assert.Equal($$"""{"workspace_id":"{{Gate.Workspaces[0].Id}}","size":"large"}""", Gate.Last.Arguments.GetRawText());
        Gate.HasHosts = false;
        Assert.Empty(Show($"/workspaces/{Gate.Workspaces[0].Id}").FindAll("[data-part=host]"));
    }
}
