using ControlChat.Core.Conversations;
using ControlChat.Core.Handoff;
using ControlChat.Core.Sessions.Handoffs;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Handoff;

/// <summary>What an agent reports is looked at, not believed.</summary>
public sealed class ReportCheckTests
{
    [Fact]
    public async Task An_agent_that_lies_about_files_is_found_out()
    {
        await using var bench = await HandoffBench.OpenAsync(TestStore.Sqlite, HandoffBench.Asked("wanted.md"));
        File.WriteAllText(Path.Combine(bench.Directory, "kept.md"), "x");
        await bench.TurnAsync("All done.", ("ghost.md", "add"), ("kept.md", "delete"), ("./gone.md", "delete"));
        Assert.Equal("incomplete", (string?)(await bench.FinishedAsync())["status"]);
        Assert.Equal(CheckProblem.Missing, await bench.ProblemAsync("wanted.md"));
        Assert.Equal(CheckProblem.NotThere, await bench.ProblemAsync("ghost.md"));
        Assert.Equal(CheckProblem.StillThere, await bench.ProblemAsync("kept.md"));
        Assert.Null(await bench.ProblemAsync("gone.md"));
    }

    [Fact]
    public async Task What_lies_outside_the_allowed_paths_is_named()
    {
        await using var bench = await HandoffBench.OpenAsync(TestStore.Sqlite, HandoffBench.Asked("src/a.cs") with { AllowedPaths = ["src", "README.md"] });
        Directory.CreateDirectory(Path.Combine(bench.Directory, "src"));
        Directory.CreateDirectory(Path.Combine(bench.Directory, "src2"));
        foreach (var name in (string[])["src/a.cs", "src2/b.cs", "README.md"]) File.WriteAllText(Path.Combine(bench.Directory, name), "x");
        await bench.TurnAsync("Done.", ("src/a.cs", "add"), ("src2/b.cs", "add"), ("README.md", "update"));
        Assert.Equal("incomplete", (string?)(await bench.FinishedAsync())["status"]);
        Assert.Equal((null, CheckProblem.NotAllowed, null), (await bench.ProblemAsync("src/a.cs"), await bench.ProblemAsync("src2/b.cs"), await bench.ProblemAsync("README.md")));
    }

    [Fact]
    public async Task A_link_that_leads_out_is_not_followed()
    {
        await using var bench = await HandoffBench.OpenAsync(TestStore.Sqlite, HandoffBench.Asked("out.txt", "in.txt"));
        File.WriteAllText(bench.Hub["secret.txt"], "secret");
        File.CreateSymbolicLink(Path.Combine(bench.Directory, "out.txt"), bench.Hub["secret.txt"]);
        File.WriteAllText(Path.Combine(bench.Directory, "real.txt"), "x");
        File.CreateSymbolicLink(Path.Combine(bench.Directory, "in.txt"), "real.txt");
        await bench.TurnAsync("Done.", (bench.Hub["secret.txt"], "update"));
        Assert.Equal("incomplete", (string?)(await bench.FinishedAsync())["status"]);
        Assert.Equal((CheckProblem.Unreadable, null, CheckProblem.Unreadable), (await bench.ProblemAsync("out.txt"), await bench.ProblemAsync("in.txt"), await bench.ProblemAsync(bench.Hub["secret.txt"])));
        Assert.DoesNotContain((await bench.EventsAsync(ConversationEvents.HandoffFinished)).Single()["links"]!.AsArray(), l => ((string?)l!["href"])!.Contains("out.txt", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_workspace_that_is_gone_has_nothing_that_was_asked_for()
    {
        await using var bench = await HandoffBench.OpenAsync(TestStore.Sqlite, HandoffBench.Asked("a.txt"));
        Directory.Delete(bench.Directory);
        await bench.TurnAsync("Done.");
        Assert.Equal("incomplete", (string?)(await bench.FinishedAsync())["status"]);
        Assert.Equal(CheckProblem.Missing, await bench.ProblemAsync("a.txt"));
    }

    [Fact]
    public async Task Names_are_shown_as_names_and_linked_as_addresses()
    {
        await using var bench = await HandoffBench.OpenAsync(TestStore.Sqlite, HandoffBench.Asked("a b#[x](y).md"));
        File.WriteAllText(Path.Combine(bench.Directory, "a b#[x](y).md"), "x");
        await bench.TurnAsync("Done.");
        var finished = await bench.FinishedAsync();
        Assert.Equal("/workspaces/ws_1/files/a%20b%23%5Bx%5D%28y%29.md", (string?)finished["links"]![0]!["href"]);
        Assert.Contains(@"- a b\#\[x\]\(y\).md: there, 1 bytes", (string?)(await bench.EventsAsync(ConversationEvents.Message))[^1]["text"], StringComparison.Ordinal);
    }

    [Fact]
    public void The_message_to_the_agent_has_one_fixed_form()
    {
        var capsule = new Capsule("ws_1", "Clone it.", new() { ["url"] = "https://x.example/r.git" }, ["src"], DateTimeOffset.Parse("2026-11-21T08:00:00Z", System.Globalization.CultureInfo.InvariantCulture), 5000, ["src/", "codex.chat"]);
        Assert.Equal("""
            This task was handed over to you from the hub's chat. Do it in this workspace.

            Goal:
            Clone it.

            Parameters:
            {
              "url": "https://x.example/r.git"
            }

            Make and change files only here:
            - src

            These must be there at the end, relative to the workspace:
            - src/
            - codex.chat

            Be done by 2026-11-21T08:00:00.000Z; you are stopped then.

            You may use 5000 tokens of the model in all.

            Your last message is your report: what you did, which files you made or changed, and what did not work. It is checked against the files.
            """, capsule.ToMessage());
    }
}
