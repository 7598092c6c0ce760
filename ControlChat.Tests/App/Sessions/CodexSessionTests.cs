using ControlChat.Core.Sessions;
using ControlChat.ScriptedModel;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Sessions;

/// <summary>A session of the real CLI: its namespace, its profile, its model behind the relay.</summary>
public sealed class CodexSessionTests
{
    [Fact]
    public async Task It_works_in_its_workspace_and_its_tokens_are_counted()
    {
        await using var codex = await CodexBench.StartAsync();
        File.WriteAllText(Path.Combine(codex.Workspace, "README.md"), "# Here\n");
        var said = await codex.RunAsync("pwd; cat README.md; echo made > made.txt; git init -q . && echo git; id -u");
        Assert.StartsWith($"{codex.Workspace}\n# Here\ngit\n", said, StringComparison.Ordinal);
        Assert.Equal("made\n", File.ReadAllText(Path.Combine(codex.Workspace, "made.txt")));
        Assert.Equal(0, codex.Count<AgentEvent.ApprovalRequested>());
        var session = await codex.Hub.ReadAsync();
        Assert.Equal((200L, 40L), (session.InputTokens, session.OutputTokens));
        Assert.All(codex.Hub.Model.Requests, r => Assert.Equal("gpt-own", r.Request.Model));
    }

    [Fact]
    public async Task It_edits_files_by_the_tool_for_it()
    {
        await using var codex = await CodexBench.StartAsync();
        codex.Hub.Model.Enqueue(Reply.Text("Nothing yet."));
        await codex.Agent.Driver.SendAsync("Say something.", CancellationToken.None);
        await Waiting.UntilAsync(() => codex.Count<AgentEvent.TurnFinished>() == 1);
        Assert.Contains("\"apply_patch\"", codex.Hub.Model.Requests[^1].Request.Raw, StringComparison.Ordinal);
        Assert.DoesNotContain(codex.Events, e => e is AgentEvent.Error);
    }

    [Fact]
    public async Task Its_own_sandbox_sees_the_workspace_and_has_no_network()
    {
        await using var codex = await CodexBench.StartAsync();
        var said = await codex.RunAsync($"ls {codex.Paths.DataDirectory} $HOME; echo x > /tmp/x && echo tmp; echo x > $HOME/x; (echo > /dev/tcp/127.0.0.1/{codex.Hub.Agent.BaseAddress!.Port}) 2>&1; env | grep -c cch_");
        Assert.Contains("tmp\n", said, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(codex.Paths.Agents, codex.Hub.Session.Id, "home", "x")));
        Assert.Contains("Operation not permitted", said, StringComparison.Ordinal);
        Assert.EndsWith("0\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_process_goes_on_with_its_thread()
    {
        await using var codex = await CodexBench.StartAsync();
        await codex.TurnAsync(Reply.Text("The first answer."));
        await codex.StopAsync();
        Assert.True(Assert.IsType<AgentEvent.Ended>(codex.Events[^1]).Orderly, codex.Events[^1].ToString());
        await codex.BeginAsync(codex.ThreadId);
        await codex.TurnAsync(Reply.Text("The second answer."));
        Assert.Contains("The first answer.", codex.Hub.Model.Requests[^1].Request.Raw, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_ends_with_all_it_started()
    {
        await using var codex = await CodexBench.StartAsync();
        var name = "left-" + Guid.NewGuid().ToString("n");
        await codex.EscapeAsync($"setsid nohup bash -c 'exec -a {name} sleep 600' >/dev/null 2>&1 &");
        await Waiting.UntilAsync(() => Core.Sessions.BoxBed.Living(name) == 1);
        await codex.StopAsync();
        await Waiting.UntilAsync(() => Core.Sessions.BoxBed.Living(name) == 0);
    }

    [Fact]
    public async Task A_session_that_ended_gets_no_more_answers()
    {
        await using var codex = await CodexBench.StartAsync();
        await Core.Sessions.SessionBench.EndAsync(codex.Hub.Database, codex.Hub.Session.Id);
        await codex.Agent.Driver.SendAsync("Go on.", CancellationToken.None);
        await Waiting.UntilAsync(() => codex.Count<AgentEvent.TurnFinished>() == 1);
        Assert.Equal(TurnOutcome.Failed, codex.Events.OfType<AgentEvent.TurnFinished>().Single().Outcome);
        Assert.Empty(codex.Hub.Model.Requests);
    }
}
