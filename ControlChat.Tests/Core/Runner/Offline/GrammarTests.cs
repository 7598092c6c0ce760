using ControlChat.Core.Runner;
using Xunit;

namespace ControlChat.Tests.Core.Runner.Offline;

public sealed class GrammarTests : PlannerTest
{
    [Theory]
    [InlineData("List all my workspaces.", "workspace.list {}")]
    [InlineData("show me the archived workspaces", """workspace.list {"state":"archived"}""")]
    [InlineData("Which workspaces are there?", "workspace.list {}")]
    [InlineData("list the workspaces tagged #eu", """workspace.list {"tag":"eu"}""")]
    [InlineData("Please create a workspace called Data Lake tagged eu, prod and \"x", null)]
    [InlineData("Please create a workspace called Data Lake tagged eu, prod and x.", """workspace.create {"title":"Data Lake","tags":["eu","prod","x"]}""")]
    [InlineData("CREATE A NEW WORKSPACE NAMED v1.2", """workspace.create {"title":"v1.2"}""")]
    [InlineData("create a workspace called \"if and when\"", """workspace.create {"title":"if and when"}""")]
    [InlineData("rename \"a to b\" to c", """workspace.rename {"workspace_id":"a to b","title":"c"}""")]
    [InlineData("rename the workspace a to b please.", """workspace.rename {"workspace_id":"a","title":"b"}""")]
    [InlineData("rename a to b and tag it c", """plan.batch {"steps":[{"tool":"workspace.tag","arguments":{"workspace_id":"a","add":["c"]}},{"tool":"workspace.rename","arguments":{"workspace_id":"a","title":"b"}}]}""")]
    [InlineData("tag Data Lake with a and b", """workspace.tag {"workspace_id":"Data Lake","add":["a","b"]}""")]
    [InlineData("remove the tags a, b from Data Lake", """workspace.tag {"workspace_id":"Data Lake","remove":["a","b"]}""")]
    [InlineData("archive a", """workspace.archive {"workspace_id":"a"}""")]
    [InlineData("archive “Zürich & Söhne”", """workspace.archive {"workspace_id":"Zürich & Söhne"}""")]
    [InlineData("archive a, b and c", """plan.batch {"steps":[{"tool":"workspace.archive","arguments":{"workspace_id":"a"}},{"tool":"workspace.archive","arguments":{"workspace_id":"b"}},{"tool":"workspace.archive","arguments":{"workspace_id":"c"}}]}""")]
    [InlineData("share the workspace Data Lake with mara@example.org as a viewer", """workspace.add_collaborator {"workspace_id":"Data Lake","account":"mara@example.org","role":"viewer"}""")]
    [InlineData("add acc_019 to Data Lake as collaborator.", """workspace.add_collaborator {"workspace_id":"Data Lake","account":"acc_019","role":"collaborator"}""")]
    [InlineData("remove mara@example.org from Data Lake", """workspace.remove_collaborator {"workspace_id":"Data Lake","account":"mara@example.org"}""")]
    [InlineData("unshare Data Lake with mara@example.org", """workspace.remove_collaborator {"workspace_id":"Data Lake","account":"mara@example.org"}""")]
    [InlineData("unshare Data Lake with mara@example.org from b", null)]
    [InlineData("remove mara@example.org", null)]
    [InlineData("make mara@example.org an owner of Data Lake", """workspace.set_role {"workspace_id":"Data Lake","account":"mara@example.org","role":"owner"}""")]
    [InlineData("make mara an owner of Data Lake", null)]
    [InlineData("share a with m@x.y as viewer and b with m@x.y as owner", null)]
    [InlineData("start a medium host for Data Lake", """workspace.start_host {"workspace_id":"Data Lake","size":"medium"}""")]
    [InlineData("shut down the host of Data Lake", """workspace.stop_host {"workspace_id":"Data Lake"}""")]
    [InlineData("stop the host of Data Lake", null)]
    [InlineData("restore a from the trash", """workspace.restore {"workspace_id":"a"}""")]
    [InlineData("delete a from the trash", null)]
    [InlineData("unpin ws_019", """workspace.pin {"workspace_id":"ws_019","pinned":false}""")]
    [InlineData("Ask the workspace agent of Data Lake to \"look if it is old, and tell me\".", """handoff_to_workspace_agent {"workspace_id":"Data Lake","goal":"look if it is old, and tell me"}""")]
    [InlineData("ask the agent to \"look\"", """handoff_to_workspace_agent {"goal":"look"}""")]
    [InlineData("ask the agent of a to \"look\" if it is old", null)]
    [InlineData("set Model:StallTimeout to 00:01:00", """config.set {"key":"Model:StallTimeout","value":"00:01:00"}""")]
    [InlineData("switch to the dark theme", """config.set {"key":"Ui:Theme","value":"dark"}""")]
    [InlineData("show the errors of the last hour", """logs.search {"level":"error","from":"2026-11-21T07:00:00.000Z"}""")]
    [InlineData("show the logs of the last 30 minutes", """logs.search {"from":"2026-11-21T07:30:00.000Z"}""")]
    [InlineData("undo that", "undo-last")]
    [InlineData("undo act_01ab", """undo {"action_id":"act_01ab"}""")]
    [InlineData("show the approvals page", """ui_action {"action":"show_page","target":"approvals"}""")]
    [InlineData("archive all workspaces", null)]
    [InlineData("archive everything", null)]
    [InlineData("archive a, he said", null)]
    [InlineData("archive a. Then delete b.", null)]
    [InlineData("archive a; delete b", null)]
    [InlineData("archive a and then delete b", null)]
    [InlineData("please please archive a", null)]
    public void A_sentence_is_matched_whole_or_not_at_all(string text, string? call) => Assert.Equal(call is null ? [] : [call], Calls(text));

    [Theory]
    [InlineData("invite mara@example.org to the workspace Data Lake as a viewer", """invitation.create {"email":"mara@example.org","workspace_id":"Data Lake","workspace_role":"viewer"}""")]
    [InlineData("invite mara@example.org to this hub.", """invitation.create {"email":"mara@example.org"}""")]
    [InlineData("invite acc_019 to Data Lake as viewer", null)]
    [InlineData("invite everybody to Data Lake as viewer", null)]
    [InlineData("Onboard these people into Data Lake as viewer: mara@example.org and Jonas@example.org.", """plan.batch {"steps":[{"tool":"invitation.create","arguments":{"email":"mara@example.org","workspace_id":"Data Lake","workspace_role":"viewer"}},{"tool":"invitation.create","arguments":{"email":"jonas@example.org","workspace_id":"Data Lake","workspace_role":"viewer"}}]}""")]
    [InlineData("onboard these 2 students to \"if and when\" as an owner:\nemail,name\nmara@example.org,Mara\nwill@example.org,\"Don't, if\"", """plan.batch {"steps":[{"tool":"invitation.create","arguments":{"email":"mara@example.org","workspace_id":"if and when","workspace_role":"owner"}},{"tool":"invitation.create","arguments":{"email":"will@example.org","workspace_id":"if and when","workspace_role":"owner"}}]}""")]
    [InlineData("Please onboard these students with a workspace and a small host each, at most € 2 an hour:\n| email | name |\n| --- | --- |\n| mara@example.org | Mara Weber |", """plan.batch {"steps":[{"tool":"workspace.create","arguments":{"title":"Mara Weber"}},{"tool":"invitation.create","arguments":{"email":"mara@example.org","workspace_id":{"$step":0},"workspace_role":"collaborator"}},{"tool":"workspace.start_host","arguments":{"workspace_id":{"$step":0},"size":"small"}}],"cost_cap":{"amount":"2","currency":"EUR","per":"hour"}}""")]
    [InlineData("onboard these people with a workspace each as owner, at most 2,50 usd per day: will@example.org", """plan.batch {"steps":[{"tool":"workspace.create","arguments":{"title":"will"}},{"tool":"invitation.create","arguments":{"email":"will@example.org","workspace_id":{"$step":0},"workspace_role":"owner"}}],"cost_cap":{"amount":"2.5","currency":"USD","per":"day"}}""")]
    [InlineData("onboard these three students with a workspace each: mara@example.org, jonas@example.org", null)]
    [InlineData("onboard these people into Data Lake: mara@example.org, jonas", null)]
    [InlineData("onboard these people into Data Lake: mara@example.org,, jonas@example.org", null)]
    [InlineData("onboard these people into Data Lake:", null)]
    [InlineData("onboard these people into Data Lake: mara@example.org?", null)]
    [InlineData("onboard these people into Data Lake: mara@example.org unless she is there", null)]
    [InlineData("don't onboard these people into Data Lake:\nmara@example.org", null)]
    [InlineData("should I onboard these people into Data Lake:\nmara@example.org", null)]
    [InlineData("onboard these people into Data Lake if it is old:\nmara@example.org", null)]
    [InlineData("onboard these people into Data Lake:\nmara@example.org\nand archive Data Lake", null)]
    [InlineData("> onboard these people into Data Lake:\nmara@example.org", null)]
    [InlineData("onboard these people with a workspace each, at most 2 an hour: mara@example.org", null)]
    [InlineData("revoke the invitation inv_01ab", """invitation.revoke {"invitation_id":"inv_01ab"}""")]
    [InlineData("show my pending invitations", """invitation.list {"state":"pending"}""")]
    public void People_are_invited_by_a_sentence_as_a_whole_or_not_at_all(string text, string? call) => Assert.Equal(call is null ? [] : [call], Calls(text));

    [Fact]
    public void Every_documented_sentence_calls_its_tool() => Assert.All(PlainSentences.All, s =>
    {
        var expected = s.Example == "Undo the last change" ? "undo-last" : s.Tool;
        foreach (var form in new[] { s.Example, s.Example.ToUpperInvariant(), "Please " + s.Example + ".", s.Example.ToLowerInvariant() + " please" })
            Assert.Equal(expected, Assert.Single(Calls(form)).Split(' ')[0]);
    });

    [Fact]
    public void Every_tool_of_the_commands_has_a_sentence() =>
        Assert.Empty(SlashCommands.All.Select(c => c.Tool).OfType<string>().Except(PlainSentences.All.Select(s => s.Tool)));

    public static TheoryData<string> Wrappings() =>
    [
        "don't {0}", "Do not {0}.", "never {0}", "please don’t {0}", "{0}? ", "should I {0}?", "could you {0}", "Would you {0}?", "if it is old, {0}", "{0} if it is old",
        "when I say so, {0}", "{0} when it is empty", "{0} unless it is in use", "{0} tomorrow", "{0} later", "> {0}", "`{0}`", "```\n{0}\n```", "\"{0}\"", "“{0}”", "He said: {0}",
        "He said {0}", "{0}. Is that right?", "{0}\nand then something else", "Hello.\n{0}", "I want to {0}", "{0} but not yet", "What happens when I {0}", "How do I {0}", "not {0}", "{0} not",
        "{0}, or maybe not", "let's not {0}", "stop, {0}", "ignore this: {0}", "{0} - just kidding, no", "[{0}](https://x)", "<b>{0}</b>", "1. {0}", "- {0}", "{0} {0}", "{0}; {0}", "{0}... {0}",
    ];

    [Theory, MemberData(nameof(Wrappings))]
    public void Negated_doubted_conditional_quoted_or_pasted_orders_are_no_orders(string wrapping) => Assert.All(PlainSentences.All, s =>
        Assert.False(Writes(string.Format(System.Globalization.CultureInfo.InvariantCulture, wrapping, s.Example)), wrapping + " / " + s.Example));

    [Theory, InlineData("yes"), InlineData("Yes, do it."), InlineData("approve"), InlineData("ok"), InlineData("I approve the plan"), InlineData("confirm"), InlineData("go ahead")]
    public void A_typed_yes_approves_nothing_and_is_told_so(string text)
    {
        Assert.Empty(Calls(text));
        Assert.Contains("never typed", Says(text), StringComparison.Ordinal);
    }

    [Fact]
    public void A_miss_names_the_nearest_commands_and_never_repeats_the_text()
    {
        var said = Says("I would love to get rid of [that](https://evil) old wrokspace, delete it");
        Assert.Contains("/delete TITLE", said, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_with_faults_is_told_row_by_row_and_never_repeated()
    {
        var said = Says("Onboard these people into Data Lake:\nemail,role\nmara@example.org,admin\n[evil](https://evil),viewer");
        Assert.Contains("nothing was done", said, StringComparison.Ordinal);
        Assert.Contains("Row 2: There is no such role.", said, StringComparison.Ordinal);
        Assert.Contains("Row 3: What stands in the place of the address", said, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", said, StringComparison.Ordinal);
        Assert.Contains("the first 25 people fit", Says("Onboard these people with a workspace each:\n" + string.Join('\n', Enumerable.Range(0, 30).Select(i => $"p{i}@example.org"))), StringComparison.Ordinal);
        Assert.Contains("the table has 1 people", Says("Onboard these twelve people into Data Lake: mara@example.org"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_that_is_not_used_is_told_and_nothing_is_done()
    {
        foreach (var order in (string[])["Onboard these people into Data Lake:", "/onboard to Data Lake"])
        {
            var said = Says(order + "\nemail,permission\nmara@example.org,viewer");
            Assert.Contains("nothing was done", said, StringComparison.Ordinal);
            Assert.Contains("Column 2 is not used.", said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_very_long_text_is_answered_fast()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        foreach (var text in new[] { "archive " + string.Join(" and ", Enumerable.Repeat("a", 8000)), "rename " + string.Join(" to ", Enumerable.Repeat("a b c", 1300)), "archive " + new string('a', 7900) + "!", "tag " + string.Join(", ", Enumerable.Repeat("x with y", 700)) })
            Assert.False(Writes(text));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(3), $"took {clock.Elapsed}");
    }
}
