using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Settings;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>A session's place on a machine, and a host of terminals.</summary>
internal sealed class TerminalBed : IDisposable
{
    private readonly TempFolder _folder = new();

    private TerminalBed(AgentUser user)
    {
        Directory.CreateDirectory(_folder["workspaces/own"]);
        Directory.CreateDirectory(_folder["data"]);
        Paths = new HubPaths(_folder["data"], _folder["workspaces"], _folder["workspaces/own"], _folder["checkpoints"]);
        Processes = new AgentProcesses(Paths, user, TimeProvider.System, cgroups: new AgentCgroups(new TestSettings(), TimeProvider.System, new CapturingLogger<AgentCgroups>()));
        Folder = AgentFolder.Open(Paths, Session, user);
    }

    /// <summary>Agents are another user.</summary>
    public static TerminalBed OfRoot()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can be a hub that is root; the tests of the other kind run.");
        return new TerminalBed(AgentUser.Of(new SessionsSection()));
    }

    /// <summary>Agents are the hub's user, in a user namespace.</summary>
    public static TerminalBed OfAnother() => new(AgentUser.Same);

    public const string Session = "ags_own";

    public HubPaths Paths { get; }

    public AgentProcesses Processes { get; }

    public AgentFolder Folder { get; }

    public string Workspace => _folder["workspaces/own"];

    public BoxOrder Order(params string[] command) => new(
        "/usr/bin/" + command[0], command[1..], [Folder.Given], Workspace, Folder.Home, new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["HOME"] = Folder.Home, ["LANG"] = "C.UTF-8", ["PS1"] = "ready$ " });

    public async Task<Screen> StartAsync(ITerminalHost host, BoxOrder order, TerminalSize? size = null, bool contained = true)
    {
        var fault = contained ? await Processes.FaultAsync(CancellationToken.None) : null;
        Assert.SkipWhen(fault is not null, fault ?? "");
        return new Screen(await host.StartAsync(Session, order, size ?? TerminalSize.Default, contained, CancellationToken.None));
    }

    public void Dispose() => _folder.Dispose();
}
