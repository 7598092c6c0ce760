using System.Globalization;
using System.Text;
using Bunit;
using ControlChat.App.Sessions.Screens;
using ControlChat.Core.Gate;
using ControlChat.Core.Mcp.CommandTools;
using ControlChat.Core.Processes;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Settings;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions;

/// <summary>What the kernel itself bounds, on a machine that lets this process make control groups; on another one, that it is said.</summary>
public sealed class AgentCgroupTests : IDisposable
{
    private const int Megabytes = 64;
    private const int AtMost = 72;

    // 300 MB in a file of memory, which is nobody's process's: no watchdog sees it.
    private const string Hoard = "head -c 300000000 /dev/zero > /tmp/hoard";

    private readonly BoxBed _bed = Environment.IsPrivilegedProcess ? BoxBed.OfRoot() : BoxBed.OfAnother();
    private readonly TestSettings _settings = new() { Current = new HubOptions { Sessions = new SessionsSection { MemoryMegabytes = Megabytes } } };
    private readonly CapturingLogger<AgentCgroups> _log = new();
    private readonly AgentCgroups _cgroups;
    private readonly AgentProcesses _processes;

    public AgentCgroupTests()
    {
        _cgroups = new AgentCgroups(_settings, TimeProvider.System, _log);
        _processes = new AgentProcesses(_bed.Paths, _bed.User, TimeProvider.System, cgroups: _cgroups);
    }

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task Many_children_together_take_no_more_memory_than_one_agent_may()
    {
        if (IsSaidThatThereAreNone()) return;
        // Each holds one line without an end; none of them is too big by itself.
        var process = await _processes.StartAsync(_bed.Order("for i in 1 2 3 4 5 6; do (head -c 30000000 /dev/zero | tail -n 1 | (sleep 600; cat)) & done; wait"));
        try
        {
            await Waiting.UntilAsync(() => _processes.Excess(process) is not null);
            Assert.Equal(new MemoryExcess(AtMost, Megabytes), _processes.Excess(process));
            Assert.InRange(ProcessMemory.OfTrees([process.Id])[process.Id], 0, AtMost * 1024L * 1024);
        }
        finally
        {
            await _processes.KillAsync(process);
        }
        // What was counted outlives the group.
        Assert.Equal(new MemoryExcess(AtMost, Megabytes), _processes.Excess(process));
    }

    [Fact]
    public async Task What_no_process_owns_counts_too()
    {
        if (IsSaidThatThereAreNone()) return;
        var process = await _processes.StartAsync(_bed.Order($"{Hoard}; stat -c %s /tmp/hoard"));
        await process.Exited;
        await _processes.KillAsync(process);
        Assert.Equal(new MemoryExcess(AtMost, Megabytes), _processes.Excess(process));
    }

    [Fact]
    public async Task One_that_takes_little_has_nothing_said_of_it_and_leaves_no_group()
    {
        if (IsSaidThatThereAreNone()) return;
        var (process, input, output) = await _processes.OpenAsync(_bed.Order("read -r line; echo $line"));
        var groups = GroupsOf(process.Id);
        Assert.NotEmpty(groups);
        await input.WriteAsync("hello\n"u8.ToArray());
        var said = await new StreamReader(output).ReadToEndAsync();
        await process.Exited;
        await _processes.KillAsync(process);
        Assert.Equal("hello\n", said);
        Assert.Null(_processes.Excess(process));
        Assert.DoesNotContain(groups, Directory.Exists);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task One_that_forks_without_end_is_stopped_by_the_kernel()
    {
        if (IsSaidThatThereAreNone()) return;
        var order = _bed.Order("") with { File = "/usr/bin/dash", Arguments = ["-c", "read -r go; i=0; while [ $i -lt 200 ]; do sleep 600 & i=$((i+1)); done; echo all"] };
        var (process, input, output) = await _processes.OpenAsync(order);
        var limit = GroupsOf(process.Id).Select(g => Path.Combine(g, "pids.max")).Single(File.Exists);
        Assert.Equal("4096\n", await File.ReadAllTextAsync(limit));
        await File.WriteAllTextAsync(limit, "40");
        await input.WriteAsync("go\n"u8.ToArray());
        var said = await new StreamReader(output).ReadToEndAsync();
        await process.Exited;
        await _processes.KillAsync(process);
        Assert.Equal(("", true), (said, process.Complaint.Contains("Cannot fork", StringComparison.Ordinal)));
    }

    // As one whose bubblewrap was ended while it made the namespace.
    [Fact]
    public async Task What_is_in_no_process_group_of_its_agent_ends_with_it_all_the_same()
    {
        if (IsSaidThatThereAreNone()) return;
        var (process, _, _) = await _processes.OpenAsync(_bed.Order("sleep 600"));
        var stray = LongProcess.Start(new ProcessOrder("/usr/bin/sleep", ["600"], "/", new Dictionary<string, string>()));
        foreach (var group in GroupsOf(process.Id)) await File.WriteAllTextAsync(Path.Combine(group, "in", "cgroup.procs"), stray.Id.ToString(CultureInfo.InvariantCulture));
        Assert.True(await _processes.KillAsync(process));
        Assert.Equal(137, await stray.Exited.WaitAsync(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task What_it_is_given_is_the_same_as_without_one()
    {
        if (IsSaidThatThereAreNone()) return;
        const string Ask = "printf x; env | sort; pwd; ps -o args= -p 1 || cat /proc/1/comm";
        Assert.Equal(await SayAsync(_bed.Processes, Ask), await SayAsync(_processes, Ask));
    }

    [Fact]
    public async Task One_that_does_not_get_into_its_group_is_not_started()
    {
        if (IsSaidThatThereAreNone()) return;
        var mark = Path.Combine(_bed.Workspace, "began");
        var processes = new AgentProcesses(_bed.Paths, _bed.User, TimeProvider.System, cgroups: new AgentCgroups(_settings, TimeProvider.System, _log, new Doorless()));
        var fault = await Assert.ThrowsAsync<IOException>(() => processes.StartAsync(_bed.Order("touch began")));
        Assert.Contains("did not get into its control group", fault.Message, StringComparison.Ordinal);
        Assert.Contains("/in/", fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(mark));
        Assert.NotNull(await processes.FaultAsync(CancellationToken.None));
    }

    [Fact]
    public void What_a_hub_left_that_is_gone_is_removed()
    {
        if (IsSaidThatThereAreNone()) return;
        // Higher than any number of a process.
        var left = Hosts().Select(h => Path.Combine(h, "controlchat-4194305-left")).ToList();
        foreach (var group in left) Directory.CreateDirectory(Path.Combine(group, "in"));
        Assert.Null(new AgentCgroups(_settings, TimeProvider.System, _log).Why);
        Assert.DoesNotContain(left, Directory.Exists);
    }

    [Fact]
    public async Task A_command_is_ended_with_the_same_words_when_nobody_looks()
    {
        if (IsSaidThatThereAreNone()) return;
        _settings.Paths = _bed.Paths;
        // By its clock no second passes.
        var commands = new BoxedCommands(_processes, _settings, new FakeTime());
        var refused = await Assert.ThrowsAsync<ToolRefusedException>(() => commands.RunAsync(
            new BoxedRun("/usr/bin/sh", ["-c", Hoard], _bed.Workspace, null, new Dictionary<string, string>(), false, TimeSpan.FromMinutes(1), 1000), CancellationToken.None));
        Assert.Contains($"it took {AtMost} MiB of memory, and it may take {Megabytes} (Sessions:MemoryMegabytes)", refused.Message, StringComparison.Ordinal);
    }

    // The other half of each of these tests: where nothing is bounded, an admin reads why.
    private bool IsSaidThatThereAreNone()
    {
        if (_cgroups.Why is not { } why) return false;
        using var page = new ShellPage();
        var notes = page.Render<AgentNotes>(p => p.Add(n => n.View, new AgentReadinessView(null, null, false, why)).Add(n => n.IsForAdmin, true));
        Assert.Contains($"No cgroups: {why} Memory is looked at once a second instead.", notes.Find(".note").TextContent, StringComparison.Ordinal);
        return true;
    }

    private async Task<string> SayAsync(AgentProcesses processes, string script)
    {
        var text = new StringBuilder();
        var process = await processes.StartAsync(_bed.Order($"exec 2>&1; {script}"), async reader => text.Append(await reader.ReadToEndAsync()));
        await process.Exited;
        await processes.KillAsync(process);
        return text.ToString();
    }

    private static IReadOnlyList<string> Hosts() => CgroupHost.Find(new CgroupFiles()) switch
    {
        CgroupHost.Unified(var group) => [group],
        CgroupHost.Split(var memory, var pids) => [memory, pids],
        _ => [],
    };

    private static List<string> GroupsOf(int process) => [.. Hosts()
        .SelectMany(h => Directory.EnumerateDirectories(h, $"controlchat-{Environment.ProcessId}-*"))
        .Where(g => IsIn(g, process.ToString(CultureInfo.InvariantCulture)))];

    private static bool IsIn(string group, string process)
    {
        try
        {
            return File.ReadAllLines(Path.Combine(group, "in", "cgroup.procs")).Contains(process);
        }
        catch (IOException)
        {
            // One of another test went meanwhile.
            return false;
        }
    }

    // Makes groups without the one that processes go into.
    private sealed class Doorless : CgroupFiles
    {
        public override void Make(string group)
        {
            if (!group.EndsWith("/in", StringComparison.Ordinal)) base.Make(group);
        }
    }
}
