using System.Text;
using ControlChat.Core.Processes;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Settings;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions;

/// <summary>A hub's places with something to steal in each, and an agent's box beside them.</summary>
internal sealed class BoxBed : IDisposable
{
    private readonly TempFolder _folder = new();

    public BoxBed()
    {
        foreach (var place in (string[])["data/agents/own", "data/agents/other", "workspaces/own", "workspaces/other", "checkpoints", "program"]) Directory.CreateDirectory(_folder[place]);
        foreach (var file in (string[])["data/hub.db", "data/keys/audit.key", "data/agents/other/rollout.jsonl", "workspaces/other/file", "checkpoints/chain.jsonl"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[file])!);
            File.WriteAllText(_folder[file], Secret);
        }
        Paths = new HubPaths(_folder["data"], _folder["workspaces"], _folder["workspaces/own"], _folder["checkpoints"]);
        Processes = new AgentProcesses(Paths, TimeProvider.System);
    }

    /// <summary>Stands in every file that the agent must not read.</summary>
    public string Secret { get; } = "secret-" + Guid.NewGuid().ToString("n");

    public HubPaths Paths { get; }

    public AgentProcesses Processes { get; }

    public string Root => _folder[""];

    public string Workspace => _folder["workspaces/own"];

    public string State => _folder["data/agents/own"];

    public string ProgramFolder => _folder["program"];

    /// <summary>Skips the test on a machine that lets nobody make a namespace, where the hub starts no agent either.</summary>
    public async ValueTask RequireAsync()
    {
        var fault = await Processes.FaultAsync(CancellationToken.None);
        Assert.SkipWhen(fault is not null, fault ?? "");
    }

    public BoxOrder Order(string script) => new("/usr/bin/bash", ["-c", script], [ProgramFolder], Workspace, State, Environment());

    /// <summary>What a script says, on both streams, in the box.</summary>
    public async Task<string> SayAsync(string script)
    {
        var text = new StringBuilder();
        var process = await Processes.StartAsync(Order($"exec 2>&1; {script}"), async reader => text.Append(await reader.ReadToEndAsync()));
        await process.Exited.WaitAsync(TimeSpan.FromSeconds(30));
        return text + process.Complaint;
    }

    /// <summary>What it says without one.</summary>
    public async Task<string> SayOutsideAsync(string script)
    {
        var text = new StringBuilder();
        var process = LongProcess.Start(new ProcessOrder("/usr/bin/bash", ["-c", $"exec 2>&1; {script}"], Workspace, Environment()), async reader => text.Append(await reader.ReadToEndAsync()));
        await process.Exited.WaitAsync(TimeSpan.FromSeconds(30));
        return text.ToString();
    }

    public void Dispose() => _folder.Dispose();

    private Dictionary<string, string> Environment() => new()
    {
        ["PATH"] = "/usr/bin:/bin",
        ["HOME"] = State,
        ["DATA"] = Paths.DataDirectory,
        ["SPACES"] = Paths.WorkspacesRoot,
        ["CHECKPOINTS"] = Paths.CheckpointDirectory,
        ["ROOT"] = Root,
        ["HUB"] = System.Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["LANG"] = "C.UTF-8",
    };
}
