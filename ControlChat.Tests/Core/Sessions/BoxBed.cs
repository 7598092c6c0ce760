using System.Globalization;
using System.Text;
using ControlChat.Core.Processes;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Settings;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions;

/// <summary>A hub's places with something to steal in each, and an agent's box beside them: of a hub that is root, or of one that is not.</summary>
internal sealed class BoxBed : IDisposable
{
    // What a hub that is not root runs as, where these tests are root.
    private const string Someone = "1234";
    private const string Session = "ses_own";
    private readonly TempFolder _folder = new();
    private readonly bool _root;

    // Stands for the hub: its user, its place, a key in its environment.
    private readonly LongProcess _hub;

    private BoxBed(bool root)
    {
        _root = root;
        foreach (var place in (string[])["data/agents/ses_other/home", "workspaces/own", "workspaces/other", "checkpoints", "program"]) Directory.CreateDirectory(_folder[place]);
        foreach (var file in (string[])["data/hub.db", "data/keys/audit.key", "data/agents/ses_other/home/rollout.jsonl", "workspaces/other/file", "checkpoints/chain.jsonl"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[file])!);
            File.WriteAllText(_folder[file], Secret);
        }
        Paths = new HubPaths(_folder["data"], _folder["workspaces"], _folder["workspaces/own"], _folder["checkpoints"]);
        User = root ? AgentUser.Of(new SessionsSection()) : AgentUser.Same;
        Processes = new AgentProcesses(Paths, User, TimeProvider.System);
        Folder = AgentFolder.Open(Paths, Session, User);
        // The most of it is the hub's own and closed to others, as it is on a real one.
        foreach (var closed in (string[])["data", "workspaces", "workspaces/own", "checkpoints"]) File.SetUnixFileMode(_folder[closed], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (IsSomeone) Run("/usr/bin/chown", "-R", $"{Someone}:{Someone}", Root);
        _hub = LongProcess.Start(new ProcessOrder("/usr/bin/setsid", [.. AsHub, "/usr/bin/sleep", "600"], Root, new Dictionary<string, string> { ["OPENAI_API_KEY"] = Secret }));
    }

    /// <summary>Of a hub that is root; skips the test where these tests are not.</summary>
    public static BoxBed OfRoot()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can be a hub that is root; the tests of the other kind run.");
        return new BoxBed(true);
    }

    public static BoxBed OfAnother() => new(false);

    /// <summary>Stands in every file that the agent must not read.</summary>
    public string Secret { get; } = "secret-" + Guid.NewGuid().ToString("n");

    public HubPaths Paths { get; }

    public AgentUser User { get; }

    public AgentProcesses Processes { get; }

    public AgentFolder Folder { get; }

    public string Root => _folder[""].TrimEnd('/');

    public string Workspace => _folder["workspaces/own"];

    public string State => Folder.Home;

    public string ProgramFolder => _folder["program"];

    private string[] AsHub => IsSomeone ? ["/usr/bin/setpriv", "--reuid", Someone, "--regid", Someone, "--clear-groups"] : [];

    private bool IsSomeone => !_root && Environment.IsPrivilegedProcess;

    /// <summary>Skips the test on a machine that lets nobody make a namespace, where the hub starts no agent either.</summary>
    public async ValueTask RequireAsync()
    {
        var fault = await Processes.FaultAsync(CancellationToken.None);
        Assert.SkipWhen(fault is not null, fault ?? "");
    }

    public BoxOrder Order(string script) => new("/usr/bin/bash", ["-c", script], [ProgramFolder, Folder.Given], Workspace, State, Variables());

    public Task<LongProcess> StartAsync(string script, Func<TextReader, Task>? read = null) => StartAsync(Order(script), read);

    public Task<LongProcess> StartAsync(BoxOrder order, Func<TextReader, Task>? read = null) => IsSomeone
        ? Task.FromResult(LongProcess.Start(Started(order), read))
        : Processes.StartAsync(order, read);

    /// <summary>What a hub of this kind would start, at the head of a group of its own.</summary>
    public ProcessOrder Started(BoxOrder order)
    {
        var boxed = Box.Around(order, User, Programs.Find("bwrap")!);
        return boxed with { File = "/usr/bin/setsid", Arguments = [.. AsHub, boxed.File, .. boxed.Arguments] };
    }

    /// <summary>What a script says, on both streams, in the box.</summary>
    public async Task<string> SayAsync(string script)
    {
        var text = new StringBuilder();
        var process = await StartAsync($"exec 2>&1; {script}", async reader => text.Append(await reader.ReadToEndAsync()));
        await process.Exited.WaitAsync(TimeSpan.FromSeconds(30));
        return text + process.Complaint;
    }

    /// <summary>What it says without one.</summary>
    public async Task<string> SayOutsideAsync(string script)
    {
        var text = new StringBuilder();
        var process = LongProcess.Start(new ProcessOrder("/usr/bin/setsid", [.. AsHub, "/usr/bin/bash", "-c", $"exec 2>&1; {script}"], Workspace, Variables()), async reader => text.Append(await reader.ReadToEndAsync()));
        await process.Exited.WaitAsync(TimeSpan.FromSeconds(30));
        return text.ToString();
    }

    /// <summary>How many processes have this word in their command line, whoever they belong to.</summary>
    public static int Living(string word) => Directory.EnumerateDirectories("/proc").Count(p =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(p, "cmdline")).Split('\0').Contains(word);
        }
        catch (IOException)
        {
            return false;
        }
    });

    public void Dispose()
    {
        System.Diagnostics.Process.GetProcessById(_hub.Id).Kill();
        _folder.Dispose();
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private Dictionary<string, string> Variables() => new()
    {
        ["PATH"] = "/usr/bin:/bin",
        ["HOME"] = State,
        ["DATA"] = Paths.DataDirectory,
        ["SPACES"] = Paths.WorkspacesRoot,
        ["CHECKPOINTS"] = Paths.CheckpointDirectory,
        ["ROOT"] = Root,
        ["HUB"] = _hub.Id.ToString(CultureInfo.InvariantCulture),
        ["LANG"] = "C.UTF-8",
    };
}
