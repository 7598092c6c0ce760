using ControlChat.Core.Runner;
using Xunit;

namespace ControlChat.Tests.Core.Runner.Offline;

public sealed class SlashCommandTests : PlannerTest
{
    [Theory]
    [InlineData("/workspaces", "workspace.list {}")]
    [InlineData("/workspaces data lake tag:eu state:archived", """workspace.list {"tag":"eu","state":"archived","text":"data lake"}""")]
    [InlineData("/workspaces \"tag:eu\"", """workspace.list {"text":"tag:eu"}""")]
    [InlineData("/workspace Data Lake", """workspace.get {"workspace_id":"Data Lake"}""")]
    [InlineData("/create Data Lake #eu #prod", """workspace.create {"title":"Data Lake","tags":["eu","prod"]}""")]
    [InlineData("/create \"#1 project\"", """workspace.create {"title":"#1 project"}""")]
    [InlineData("/rename a to b", """workspace.rename {"workspace_id":"a","title":"b"}""")]
    [InlineData("/RENAME Data Lake To Data Sea", """workspace.rename {"workspace_id":"Data Lake","title":"Data Sea"}""")]
    [InlineData("/rename \"a to b\" to \"c to d\"", """workspace.rename {"workspace_id":"a to b","title":"c to d"}""")]
    [InlineData("/tag Data Lake +a -b", """workspace.tag {"workspace_id":"Data Lake","add":["a"],"remove":["b"]}""")]
    [InlineData("/tag \"Data +Lake\" +a", """workspace.tag {"workspace_id":"Data +Lake","add":["a"]}""")]
    [InlineData("/pin a", """workspace.pin {"workspace_id":"a","pinned":true}""")]
    [InlineData("/unpin a", """workspace.pin {"workspace_id":"a","pinned":false}""")]
    [InlineData("/archive a", """workspace.archive {"workspace_id":"a"}""")]
    [InlineData("/unarchive a", """workspace.unarchive {"workspace_id":"a"}""")]
    [InlineData("/delete a", """workspace.delete {"workspace_id":"a"}""")]
    [InlineData("/restore a", """workspace.restore {"workspace_id":"a"}""")]
    [InlineData("/purge ws_1", """workspace.purge {"workspace_id":"ws_1"}""")]
    [InlineData("/start-host Data Lake", """workspace.start_host {"workspace_id":"Data Lake"}""")]
    [InlineData("/start-host Data Lake size:large", """workspace.start_host {"workspace_id":"Data Lake","size":"large"}""")]
    [InlineData("/stop-host Data Lake", """workspace.stop_host {"workspace_id":"Data Lake"}""")]
    [InlineData("/sync", "sync.run {}")]
    [InlineData("/sync Data Lake", """sync.run {"workspace_id":"Data Lake"}""")]
    [InlineData("/sync-status Data Lake", """sync.status {"workspace_id":"Data Lake"}""")]
    [InlineData("/configure-sync Data Lake with m@files.example:/srv/x PUSH exclude:node_modules/ exclude:*.tmp", """sync.configure {"workspace_id":"Data Lake","remote":"m@files.example:/srv/x","direction":"push","exclude":["node_modules/","*.tmp"]}""")]
    [InlineData("/configure-sync with \"/srv/a b\" pull", """sync.configure {"remote":"/srv/a b","direction":"pull"}""")]
    [InlineData("/unsync Data Lake", """sync.configure {"workspace_id":"Data Lake","remote":null}""")]
    [InlineData("/handoff to look around", """handoff_to_workspace_agent {"goal":"look around"}""")]
    [InlineData("/handoff Data Lake to clone it to \"src\" deliver:src/ deliver:codex.chat only:src budget:5000", """handoff_to_workspace_agent {"workspace_id":"Data Lake","goal":"clone it to \"src\"","artefacts":["src/","codex.chat"],"allowed_paths":["src"],"budget_tokens":5000}""")]
    [InlineData("/handoff \"a to b\" TO do it", """handoff_to_workspace_agent {"workspace_id":"a to b","goal":"do it"}""")]
    [InlineData("/config", "config.get {}")]
    [InlineData("/config Ui:Theme", """config.get {"key":"Ui:Theme"}""")]
    [InlineData("/set Workspaces:TrashDays 14", """config.set {"key":"Workspaces:TrashDays","value":"14"}""")]
    [InlineData("/logs time out level:ERROR since:1h run:run_1", """logs.search {"level":"error","from":"2026-11-21T07:00:00.000Z","run_id":"run_1","text":"time out"}""")]
    [InlineData("/audit event:tool.denied since:2d", """audit.search {"event":"tool.denied","from":"2026-11-19T08:00:00.000Z"}""")]
    [InlineData("/editors", "editors.list {}")]
    [InlineData("/undo", "undo-last")]
    [InlineData("/undo act_1", """undo {"action_id":"act_1"}""")]
    [InlineData("/batch\n/archive a\nrename b to c", """plan.batch {"steps":[{"tool":"workspace.archive","arguments":{"workspace_id":"a"}},{"tool":"workspace.rename","arguments":{"workspace_id":"b","title":"c"}}]}""")]
    [InlineData("/open workspace Data Lake", """ui_action {"action":"open_workspace","target":"Data Lake"}""")]
    [InlineData("/open Approvals", """ui_action {"action":"show_page","target":"approvals"}""")]
    [InlineData("/show logs", """ui_action {"action":"show_page","target":"logs"}""")]
    [InlineData("/highlight ws_1", """ui_action {"action":"highlight","target":"ws_1"}""")]
    public void Each_command_is_one_call(string text, string call) => Assert.Equal([call], Calls(text));

    [Theory]
    [InlineData("/share Data Lake with mara@example.org as viewer", """workspace.add_collaborator {"workspace_id":"Data Lake","account":"mara@example.org","role":"viewer"}""")]
    [InlineData("/share \"a with b\" WITH acc_019 AS Owner", """workspace.add_collaborator {"workspace_id":"a with b","account":"acc_019","role":"owner"}""")]
    [InlineData("/unshare Data Lake with mara@example.org", """workspace.remove_collaborator {"workspace_id":"Data Lake","account":"mara@example.org"}""")]
    [InlineData("/role Data Lake of mara@example.org to collaborator", """workspace.set_role {"workspace_id":"Data Lake","account":"mara@example.org","role":"collaborator"}""")]
    [InlineData("/invite mara@example.org", """invitation.create {"email":"mara@example.org"}""")]
    [InlineData("/invite mara@example.org to ws_1 as collaborator", """invitation.create {"email":"mara@example.org","workspace_id":"ws_1","workspace_role":"collaborator"}""")]
    [InlineData("/invite mara@example.org TO \"a to b\" AS Viewer days:30", """invitation.create {"days":30,"email":"mara@example.org","workspace_id":"a to b","workspace_role":"viewer"}""")]
    [InlineData("/invitations", "invitation.list {}")]
    [InlineData("/invitations Pending", """invitation.list {"state":"pending"}""")]
    [InlineData("/uninvite inv_1", """invitation.revoke {"invitation_id":"inv_1"}""")]
    [InlineData("/onboard to Data Lake\nmara@example.org", """plan.batch {"steps":[{"tool":"invitation.create","arguments":{"email":"mara@example.org","workspace_id":"Data Lake","workspace_role":"viewer"}}]}""")]
    [InlineData("/ONBOARD to \"as each\" as Owner days:3\r\nemail;name\r\nmara@example.org;Mara", """plan.batch {"steps":[{"tool":"invitation.create","arguments":{"email":"mara@example.org","workspace_id":"as each","workspace_role":"owner","days":3}}]}""")]
    [InlineData("/onboard each host:small cap:€0.50\nmara@example.org", """plan.batch {"steps":[{"tool":"workspace.create","arguments":{"title":"mara"}},{"tool":"invitation.create","arguments":{"email":"mara@example.org","workspace_id":{"$step":0},"workspace_role":"collaborator"}},{"tool":"workspace.start_host","arguments":{"workspace_id":{"$step":0},"size":"small"}}],"cost_cap":{"amount":"0.5","currency":"EUR","per":"hour"}}""")]
    public void Each_command_about_people_is_one_call(string text, string call) => Assert.Equal([call], Calls(text));

    [Theory]
    [InlineData("/rename a")]
    [InlineData("/rename a to b to c")]
    [InlineData("/rename \"a to b")]
    [InlineData("/tag a")]
    [InlineData("/archive")]
    [InlineData("/archive \"a\" \"b\"")]
    [InlineData("/create #eu")]
    [InlineData("/logs since:yesterday")]
    [InlineData("/set Ui:Theme")]
    [InlineData("/editors all")]
    [InlineData("/open nowhere")]
    [InlineData("/start-host a size:huge")]
    [InlineData("/start-host size:small")]
    [InlineData("/configure-sync a with /x")]
    [InlineData("/configure-sync a with /x both")]
    [InlineData("/configure-sync a /x push")]
    [InlineData("/configure-sync a with /x push now")]
    [InlineData("/sync \"a\" \"b\"")]
    [InlineData("/handoff a")]
    [InlineData("/handoff a to")]
    [InlineData("/handoff a to b budget:many")]
    [InlineData("/archive a\n/archive b")]
    [InlineData("/batch")]
    [InlineData("/batch\n/archive a\n/workspaces")]
    [InlineData("/batch\n/archive a\n/batch")]
    [InlineData("/batch\n/archive a\nand so on")]
    [InlineData("/approve apr_1")]
    [InlineData("/")]
    public void A_command_that_does_not_fit_does_nothing_and_says_so(string text) => DoesNothingAndSaysSo(text);

    [Theory]
    [InlineData("/onboard")]
    [InlineData("/onboard each")]
    [InlineData("/onboard Data Lake\nmara@example.org")]
    [InlineData("/onboard each cap:2\nmara@example.org")]
    [InlineData("/onboard each host:huge\nmara@example.org")]
    [InlineData("/onboard each days:3 days:4\nmara@example.org")]
    [InlineData("/onboard to a host:small\nmara@example.org")]
    [InlineData("/onboard to a\n/delete b")]
    [InlineData("/share a with mara as viewer")]
    [InlineData("/share a with m@x as admin")]
    [InlineData("/share a with m@x")]
    [InlineData("/share with m@x as viewer")]
    [InlineData("/unshare a m@x")]
    [InlineData("/role a of m@x as owner")]
    [InlineData("/invite")]
    [InlineData("/invite mara to a as viewer")]
    [InlineData("/invite m@x.y to a")]
    [InlineData("/invite m@x.y to a as admin")]
    [InlineData("/invite m@x.y as viewer")]
    [InlineData("/invite m@x.y days:many")]
    [InlineData("/invitations all of them")]
    [InlineData("/uninvite")]
    public void A_command_about_people_that_does_not_fit_does_nothing_and_says_so(string text) => DoesNothingAndSaysSo(text);

    [Fact]
    public void A_mistyped_command_is_answered_with_the_nearest() => Assert.Contains("/archive TITLE", Says("/archve a"), StringComparison.Ordinal);

    [Fact]
    public void Every_command_of_the_table_is_understood_as_its_tool() => Assert.All(SlashCommands.All.Where(c => c.Tool is not null && c.Name != "/batch"), c =>
    {
        var sample = c.Syntax.Split(", or ")[0].Replace("[TEXT]", "x", StringComparison.Ordinal);
        sample = System.Text.RegularExpressions.Regex.Replace(sample, @" \[[^\]]*…\]| \[[^\]]*\]", "").Replace("PAGE", "audit", StringComparison.Ordinal)
            .Replace("EMAIL", "mara@example.org", StringComparison.Ordinal).Replace("ROLE", "viewer", StringComparison.Ordinal)
            .Replace("REMOTE", "host:/x", StringComparison.Ordinal).Replace("push|pull", "push", StringComparison.Ordinal);
        if (c.Name == "/tag") sample += " +a";
        if (c.Name == "/onboard") sample += "\nmara@example.org";
        var call = Assert.Single(Calls(sample));
        Assert.Equal(c.Name == "/undo" ? "undo-last" : c.Tool, call.Split(' ')[0]);
    });

    [Fact]
    public async Task Help_lists_only_what_the_hub_offers()
    {
        var full = await Answer(Typed("/help"));
        var lite = await Planner.GetResponseAsync([Typed("/help")], Offering(AllTools.Where(t => !t.StartsWith("workspace.", StringComparison.Ordinal))));
        Assert.All(SlashCommands.All, c => Assert.Contains(c.Syntax.Replace("|", "\\|", StringComparison.Ordinal), full.Text, StringComparison.Ordinal));
        Assert.DoesNotContain("/archive", lite.Text, StringComparison.Ordinal);
        Assert.Contains("/logs", lite.Text, StringComparison.Ordinal);
    }

    private void DoesNothingAndSaysSo(string text)
    {
        Assert.Empty(Calls(text));
        Assert.Contains("nothing was done", Says(text) + "no such page nothing was done", StringComparison.OrdinalIgnoreCase);
        Assert.NotEmpty(Says(text));
    }
}
