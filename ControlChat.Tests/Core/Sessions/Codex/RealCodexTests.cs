using System.Diagnostics;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Codex;
using ControlChat.ScriptedModel;
using ControlChat.Tests.HouseRules;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Codex;

/// <summary>The driver and the real Codex CLI with a scripted model.</summary>
public sealed class RealCodexTests : IAsyncLifetime
{
    private readonly List<AgentEvent> _events = [];
    private readonly string _folder = Path.Combine(Repository.Root, "artifacts", "codex", Guid.NewGuid().ToString("n"));
    private ScriptedModelServer _model = null!;

    private string Workspace => Path.Combine(_folder, "ws");

    public async ValueTask InitializeAsync()
    {
        _model = await ScriptedModelServer.StartAsync();
        Directory.CreateDirectory(Workspace);
        Directory.CreateDirectory(Path.Combine(_folder, "home"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "home", "config.toml"), $"""
            model = "gpt-5.5"
            model_provider = "scripted"
            default_permissions = "hub"
            [permissions.hub.filesystem]
            ":minimal" = "read"
            "{Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Program)!, "../.."))}" = "read"
            [permissions.hub.filesystem.":workspace_roots"]
            "." = "write"
            ".git" = "write"
            [model_providers.scripted]
            name = "Scripted"
            base_url = "{_model.Url}"
            wire_api = "responses"
            env_key = "SCRIPTED_KEY"
            request_max_retries = 1
            stream_max_retries = 1
            """);
    }

    public async ValueTask DisposeAsync()
    {
        await _model.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_session_from_its_first_message_to_its_end()
    {
        await using var codex = Start();
        var driver = codex.Driver;
        var reading = ReadAsync(driver);
        var thread = await driver.StartAsync(new AgentOrder(Workspace, "hub", "Be brief.", []), CancellationToken.None);

        _model.Enqueue(Reply.Call("exec_command", new { cmd = "echo one; echo two > made.txt" }), Reply.Text("It is made."));
        await driver.SendAsync("make it", CancellationToken.None);
        await FinishedAsync(1);
        Assert.Equal("It is made.", _events.OfType<AgentEvent.Message>().Single().Text);
        Assert.Equal((ItemStatus.Completed, 0, "one\n"), _events.OfType<AgentEvent.CommandFinished>().Select(c => (c.Status, c.ExitCode!.Value, c.Output)).Single());
        Assert.True(File.Exists(Path.Combine(Workspace, "made.txt")));

        _model.Enqueue(Reply.Call("exec_command", new { cmd = "sleep 300", yield_time_ms = 30_000 }));
        await driver.SendAsync("sleep", CancellationToken.None);
        await Support.Waiting.UntilAsync(() => Seen<AgentEvent.CommandStarted>() == 2);
        await driver.InterruptAsync(CancellationToken.None);
        await FinishedAsync(2);
        await Support.Waiting.UntilAsync(() => Seen<AgentEvent.CommandFinished>() == 2);

        _model.Enqueue(Reply.Call("exec_command", new { cmd = "id", sandbox_permissions = "require_escalated", justification = "to see" }), Reply.Text("No."));
        await driver.SendAsync("who", CancellationToken.None);
        await Support.Waiting.UntilAsync(() => Seen<AgentEvent.ApprovalRequested>() == 1);
        var asked = Assert.IsType<AgentApproval.Command>(_events.OfType<AgentEvent.ApprovalRequested>().Single().Approval);
        Assert.Equal("to see", asked.Reason);
        Assert.True(await driver.AnswerAsync(asked.Id, AgentAnswer.Decline, null, CancellationToken.None));
        await FinishedAsync(3);
        await driver.StopAsync(CancellationToken.None);
        await reading;
        Assert.True(Assert.IsType<AgentEvent.Ended>(_events[^1]).Orderly, _events[^1].ToString());
        RecordingTests.AssertWhole(_events);

        await ResumedAsync(thread);
    }

    [Fact]
    public async Task A_model_that_is_down_fails_the_turn_and_a_killed_process_ends_the_session()
    {
        await using var codex = Start();
        var reading = ReadAsync(codex.Driver);
        await codex.Driver.StartAsync(new AgentOrder(Workspace, "hub", null, []), CancellationToken.None);
        await _model.DisposeAsync();
        await codex.Driver.SendAsync("hello", CancellationToken.None);
        await FinishedAsync(1);
        Assert.Equal(TurnOutcome.Failed, _events.OfType<AgentEvent.TurnFinished>().Single().Outcome);
        codex.Process.Kill();
        await reading;
        RecordingTests.AssertWhole(_events);
        Assert.False(Assert.IsType<AgentEvent.Ended>(_events[^1]).Orderly);
        _model = await ScriptedModelServer.StartAsync();
    }

    private async Task ResumedAsync(string thread)
    {
        _events.Clear();
        await using var codex = Start();
        var reading = ReadAsync(codex.Driver);
        Assert.Equal(thread, await codex.Driver.StartAsync(new AgentOrder(Workspace, "hub", "Be brief.", [], thread), CancellationToken.None));
        _model.Enqueue(Reply.Text("Again."));
        await codex.Driver.SendAsync("and now", CancellationToken.None);
        await FinishedAsync(1);
        Assert.Contains("make it", _model.Requests[^1].Request.Raw, StringComparison.Ordinal);
        await codex.Driver.StopAsync(CancellationToken.None);
        await reading;
    }

    private static string Program => CodexProgram.Find(App.Sessions.CodexBench.Cli)?.File ?? throw new InvalidOperationException("The Codex CLI is not there: npm ci --prefix e2e/codex");

    private RunningCodex Start()
    {
        var info = new ProcessStartInfo(Program, CodexArguments.AppServer) { WorkingDirectory = Workspace, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment.Clear();
        foreach (var (name, value) in new[] { ("PATH", "/usr/bin:/bin"), ("HOME", Path.Combine(_folder, "home")), ("CODEX_HOME", Path.Combine(_folder, "home")), ("SCRIPTED_KEY", "k"), ("TMPDIR", Directory.CreateDirectory(Path.Combine(_folder, "tmp")).FullName) }) info.Environment[name] = value;
        return new RunningCodex(Process.Start(info)!);
    }

    private Task ReadAsync(AppServerDriver driver) => Task.Run(async () =>
    {
        await foreach (var happened in driver.ReadAsync(CancellationToken.None))
        {
            lock (_events) _events.Add(happened);
        }
    });

    private Task FinishedAsync(int turns) => Support.Waiting.UntilAsync(() => Seen<AgentEvent.TurnFinished>() == turns);

    private int Seen<T>() where T : AgentEvent
    {
        lock (_events) return _events.OfType<T>().Count();
    }

    private sealed class RunningCodex(Process process) : IAsyncDisposable
    {
        public Process Process => process;

        public AppServerDriver Driver { get; } = new(new AgentPipes(process.StandardOutput.BaseStream, process.StandardInput.BaseStream, ExitedAsync(process)), TimeProvider.System);

        public async ValueTask DisposeAsync()
        {
            await Driver.DisposeAsync();
            process.Kill(entireProcessTree: true);
            process.Dispose();
        }

        private static async Task<AgentExit> ExitedAsync(Process process)
        {
            var complaint = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return new AgentExit(process.ExitCode, complaint[Math.Max(0, complaint.Length - 2000)..]);
        }
    }
}
