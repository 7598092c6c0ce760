using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Settings;
using ControlChat.ScriptedModel;
using ControlChat.Tests.HouseRules;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Sessions;

/// <summary>The real Codex CLI in its namespace, with a scripted model behind the hub's relay.</summary>
internal sealed class CodexBench : IAsyncDisposable
{
    private readonly List<AgentEvent> _events = [];
    private Task _reading = Task.CompletedTask;

    private CodexBench(AgentModelBench hub) => Hub = hub;

    public AgentModelBench Hub { get; }

    public RunningAgent Agent { get; private set; } = null!;

    public string ThreadId { get; private set; } = "";

    public HubPaths Paths => Hub.Hub.Services.GetRequiredService<HubPaths>();

    public string Workspace => Path.Combine(Paths.WorkspacesRoot, Hub.Workspace);

    public IReadOnlyList<AgentEvent> Events
    {
        get
        {
            lock (_events) return [.. _events];
        }
    }

    /// <summary>Where test.sh puts the pinned CLI; what npm puts on the path, not the program behind it.</summary>
    public static string Cli => Path.Combine(Repository.Root, "e2e", "codex", "node_modules", ".bin", "codex");

    public static async Task<CodexBench> StartAsync(string[]? args = null)
    {
        Assert.True(File.Exists(Cli), "The Codex CLI is not there: npm ci --prefix e2e/codex");
        var bench = new CodexBench(await AgentModelBench.StartAsync([$"--Sessions:Codex:Path={Cli}", .. args ?? []]));
        try
        {
            var fault = await bench.Hub.Hub.Services.GetRequiredService<AgentProcesses>().FaultAsync(default);
            Assert.SkipWhen(fault is not null, fault ?? "");
            Directory.CreateDirectory(bench.Workspace);
            await bench.BeginAsync(null);
            return bench;
        }
        catch
        {
            await bench.DisposeAsync();
            throw;
        }
    }

    /// <summary>Another process for the same session.</summary>
    public async Task BeginAsync(string? thread)
    {
        var services = Hub.Hub.Services;
        var folder = AgentFolder.Open(Paths, Hub.Session.Id, services.GetRequiredService<AgentProcesses>().User);
        Agent = await services.GetRequiredService<AgentLauncher>().StartAsync(new AgentPlace(folder, Workspace, services.GetRequiredService<AgentAddress>().Url, Hub.Handle.Secret));
        _reading = ReadAsync(Agent.Driver);
        ThreadId = await Agent.Driver.StartAsync(new AgentOrder(Workspace, services.GetRequiredService<IAgentKind>().Profile, null, [], thread), CancellationToken.None);
    }

    /// <summary>What a command of the agent's prints, in its own sandbox.</summary>
    public Task<string> RunAsync(string command) => TurnAsync(Reply.Call("exec_command", new { cmd = command + Slow }));

    /// <summary>The same after a person has accepted that it leaves its own sandbox.</summary>
    public Task<string> EscapeAsync(string command) => TurnAsync(Reply.Call("exec_command", new { cmd = command + Slow, sandbox_permissions = "require_escalated", justification = "to see" }));

    /// <summary>One turn of the agent; everything it asks for is accepted.</summary>
    /// <returns>What its last command printed.</returns>
    public async Task<string> TurnAsync(params Reply[] replies)
    {
        var (turns, asked) = (Count<AgentEvent.TurnFinished>(), Count<AgentEvent.ApprovalRequested>());
        Hub.Model.Enqueue([.. replies, Reply.Text("Done.")]);
        await Agent.Driver.SendAsync("Go on.", CancellationToken.None);
        while (Count<AgentEvent.TurnFinished>() == turns)
        {
            await Waiting.UntilAsync(() => Count<AgentEvent.TurnFinished>() > turns || Count<AgentEvent.ApprovalRequested>() > asked, TimeSpan.FromSeconds(60));
            if (Count<AgentEvent.ApprovalRequested>() == asked) continue;
            var approval = Events.OfType<AgentEvent.ApprovalRequested>().ElementAt(asked++).Approval;
            Assert.True(await Agent.Driver.AnswerAsync(approval.Id, AgentAnswer.Accept, null, CancellationToken.None));
        }
        return Events.OfType<AgentEvent.CommandFinished>().LastOrDefault()?.Output ?? "";
    }

    public int Count<T>() where T : AgentEvent => Events.OfType<T>().Count();

    public async Task StopAsync()
    {
        await Agent.DisposeAsync();
        await _reading;
    }

    public async ValueTask DisposeAsync()
    {
        if (Agent is not null) await StopAsync();
        await Hub.DisposeAsync();
    }

    // Codex tells nothing of a command that fails at once with words like a denial's.
    private const string Slow = "\nsleep 0.4";

    private async Task ReadAsync(IAgentDriver driver)
    {
        await foreach (var happened in driver.ReadAsync(CancellationToken.None))
        {
            lock (_events) _events.Add(happened);
        }
    }
}
