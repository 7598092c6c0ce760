using System.Diagnostics;
using System.Globalization;
using ControlChat.Core.Hub;
using ControlChat.Core.Processes;
using ControlChat.Core.Workspaces.Hosts;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Workspaces;

/// <summary>Which processes of the machine are hosts and which only look like them.</summary>
public sealed class ProcessHostsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _id = Ids.New("ws");
    private readonly ProcessHosts _hosts;
    private readonly List<Process> _started = [];

    public ProcessHostsTests()
    {
        Directory.CreateDirectory(_folder["hosts"]);
        _hosts = new ProcessHosts(new TestSettings { Paths = new(_folder.Path, _folder["workspaces"], _folder["local"], _folder["checkpoints"]) }, new HostProgram("none", []), TimeProvider.System);
    }

    private string Socket => Path.Combine(_folder["hosts"], _id[^12..] + ".sock");

    public void Dispose()
    {
        foreach (var process in _started)
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
        }
        _folder.Dispose();
    }

    [Fact]
    public async Task A_stranger_that_names_the_socket_of_a_host_survives_its_stop()
    {
        var looks = await StartAsync("tail", "-F", Socket);
        var other = await StartAsync("sh", "-c", "read _", "sh", "--workspace", Ids.New("ws"), "--socket", Socket);
        var host = await StartAsync("sh", "-c", "read _", "sh", "--workspace", _id, "--socket", Socket);
        await _hosts.StopAsync(_id, CancellationToken.None);
        await host.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((false, false), (looks.HasExited, other.HasExited));
    }

    [Fact]
    public async Task A_process_of_another_user_is_none_of_ours()
    {
        var mark = $"mark-{Guid.NewGuid():n}";
        var ours = await StartAsync("sh", "-c", "read _", "sh", mark);
        Assert.Equal([ours.Id], ProcessTable.With(mark).Select(p => p.Id));
        // The first process of the machine is root's; where the tests are root's too, somebody else's is started.
        var stranger = Environment.UserName == "root" ? await StartAsync("setpriv", "--reuid=65534", "--clear-groups", "sh", "-c", "read _", "sh", mark, "theirs") : Process.GetProcessById(1);
        var argument = (await File.ReadAllTextAsync($"/proc/{stranger.Id}/cmdline")).Split('\0')[0];
        Assert.DoesNotContain(ProcessTable.With(argument), p => p.Id == stranger.Id);
        Assert.Contains(ProcessTable.With(mark), p => p.Id == ours.Id);
    }

    // As soon as it is what it was started as: until then it has the command line of this process.
    private async Task<Process> StartAsync(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardError = true })!;
        _started.Add(process);
        var last = arguments[^1];
        await Waiting.UntilAsync(async () => (await File.ReadAllTextAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/cmdline"))).TrimEnd('\0').Split('\0') is [var name, ..] all && all[^1] == last && name != "setpriv");
        return process;
    }
}
