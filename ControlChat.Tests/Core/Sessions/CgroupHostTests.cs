using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Settings;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions;

/// <summary>Where control groups of version 2 may be made and in which order, in a tree of files that stands for the kernel's.</summary>
public sealed class CgroupHostTests : IDisposable
{
    private const string Own = "/sys/fs/cgroup/system.slice/hub.service";
    private readonly TempFolder _folder = new();
    private readonly Tree _tree;
    private readonly TestSettings _settings = new() { Current = new HubOptions { Sessions = new SessionsSection { MemoryMegabytes = 800 } } };

    public CgroupHostTests() => _tree = new Tree(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_hub_goes_into_a_group_of_its_own_before_controllers_are_handed_on()
    {
        _tree.Place(Own, "12\n13\n");
        Assert.Equal(new CgroupHost.Unified(Own), CgroupHost.Find(_tree));
        Assert.Equal([$"make {Own}/hub", $"{Own}/hub/cgroup.procs 12", $"{Own}/hub/cgroup.procs 13", $"{Own}/cgroup.subtree_control +memory +pids"], _tree.Done);
    }

    [Fact]
    public void An_agent_is_bounded_one_group_above_the_one_it_is_in()
    {
        _tree.Place(Own, "12\n");
        var cgroups = Cgroups();
        Assert.Null(cgroups.Why);
        _tree.Done.Clear();
        var agent = cgroups.Make()!;
        var group = agent.ToString();
        Assert.StartsWith($"{Own}/controlchat-12-", group, StringComparison.Ordinal);
        Assert.Equal(
            [$"make {group}", $"{group}/memory.max {900L * 1024 * 1024}", $"{group}/memory.swap.max 0", $"{group}/memory.oom.group 1", $"{group}/pids.max 4096", $"make {group}/in"], _tree.Done);
        Assert.Equal([$"{group}/in/cgroup.procs", "--", "/usr/bin/setsid", "bwrap"], agent.Around(new("/usr/bin/setsid", ["bwrap"], "/", new Dictionary<string, string>())).Arguments.Skip(3));
    }

    [Fact]
    public async Task Only_what_was_ended_at_the_limit_took_too_much()
    {
        _tree.Place(Own, "12\n");
        var agent = Cgroups().Make()!;
        Assert.Null(agent.Excess());
        // The machine's memory ran out, not its own.
        _tree.Put($"{agent}/memory.events", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 1\noom_group_kill 0\n");
        Assert.Null(agent.Excess());
        _tree.Put($"{agent}/memory.events", "low 0\nhigh 0\nmax 9\noom 1\noom_kill 2\noom_group_kill 1\n");
        Assert.True(await agent.RemoveAsync());
        Assert.Equal(new MemoryExcess(900, 800), agent.Excess());
    }

    [Fact]
    public async Task What_is_still_in_a_group_ends_with_it()
    {
        _tree.Place(Own, "12\n");
        var agent = Cgroups().Make()!;
        _tree.Done.Clear();
        _tree.Put($"{agent}/in/cgroup.procs", "77\n");
        // It made one below, where it may.
        _tree.Make($"{agent}/in/own");
        _tree.Put($"{agent}/in/own/cgroup.procs", "78\n");
        Assert.True(await agent.RemoveAsync());
        Assert.Equal(["kill 77", "kill 78"], _tree.Done.Skip(1));
        Assert.False(_tree.IsThere(agent.ToString()));
    }

    [Fact]
    public void A_hub_that_is_in_its_group_already_stays_there()
    {
        _tree.Place(Own, "");
        _tree.Place($"{Own}/hub", "12\n");
        Assert.Equal(new CgroupHost.Unified(Own), CgroupHost.Find(_tree));
        Assert.Equal([$"{Own}/cgroup.subtree_control +memory +pids"], _tree.Done);
    }

    [Fact]
    public void The_root_of_the_hierarchy_is_left_alone()
    {
        _tree.Place("/sys/fs/cgroup", "12\n");
        File.Delete(_folder.Path + "/sys/fs/cgroup/cgroup.type");
        Refused("in the root of the machine's control groups");
    }

    [Theory]
    [InlineData("12\n1\n", "process 1 is there too")]
    [InlineData("12\n0\n", "process 0 is there too")]
    [InlineData("12\n14\n", "process 14 is there too")]
    public void A_group_with_somebody_else_in_it_is_left_alone(string processes, string why)
    {
        _tree.Place(Own, processes);
        Refused(why);
    }

    [Fact]
    public void One_without_a_controller_for_memory_is_left_alone()
    {
        _tree.Place(Own, "12\n");
        _tree.Put($"{Own}/cgroup.controllers", "cpu pids\n");
        Refused("has no controller 'memory'");
    }

    [Fact]
    public void One_that_belongs_to_somebody_else_is_left_alone()
    {
        _tree.Place(Own, "12\n");
        _tree.Closed = $"{Own}/hub";
        Refused("may not make control groups");
    }

    [Fact]
    public void Where_controllers_are_not_handed_on_everything_is_as_it_was()
    {
        _tree.Place(Own, "12\n13\n");
        _tree.Closed = $"{Own}/cgroup.subtree_control";
        Assert.Contains("may not make control groups", Cgroups().Why, StringComparison.Ordinal);
        Assert.Equal("12\n13\n", _tree.Read($"{Own}/cgroup.procs"));
        Assert.False(_tree.IsThere($"{Own}/hub"));
    }

    [Fact]
    public void A_machine_without_control_groups_says_so()
    {
        _tree.Put("/proc/self/cgroup", "");
        _tree.Put("/proc/self/mountinfo", "22 1 0:5 / /proc rw - proc proc rw\n");
        Refused("No control groups are mounted here.");
    }

    [Fact]
    public void In_version_1_each_controller_has_its_own_group_whatever_part_is_mounted()
    {
        _tree.Put("/proc/self/cgroup", "4:memory:/docker/abc/x\n8:cpu,pids:/\n1:name=systemd:/a\n0::/b\n");
        _tree.Put("/proc/self/mountinfo", "35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n36 31 0:33 / /sys/fs/cgroup/my\\040pids rw - cgroup cgroup rw,cpu,pids\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
        Assert.Equal(new CgroupHost.Split("/sys/fs/cgroup/memory/x", "/sys/fs/cgroup/my pids"), CgroupHost.Find(_tree));
        _tree.Put("/proc/self/cgroup", "4:memory:/elsewhere\n8:cpu,pids:/\n");
        Refused("not within what is mounted here");
    }

    private void Refused(string why)
    {
        Assert.Contains(why, Cgroups().Why, StringComparison.Ordinal);
        Assert.Null(Cgroups().Make());
        Assert.Empty(_tree.Done);
    }

    private AgentCgroups Cgroups() => new(_settings, TimeProvider.System, new CapturingLogger<AgentCgroups>(), _tree);

    /// <summary>Does what the kernel does with the files that matter here, and remembers the orders. The hub is 12, 13 its child, 14 a child of 1.</summary>
    private sealed class Tree : CgroupFiles
    {
        private readonly string _root;

        public Tree(string root) : base(root)
        {
            _root = root;
            foreach (var (process, parent) in new[] { (1, 0), (12, 1), (13, 12), (14, 1) }) Put($"/proc/{process}/status", $"Name:\tx\nPPid:\t{parent}\n");
            Put("/proc/self/mountinfo", "30 20 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n");
        }

        public List<string> Done { get; } = [];

        /// <summary>Somebody else's.</summary>
        public string? Closed { get; set; }

        public override int Hub => 12;

        /// <summary>Where the hub is.</summary>
        public void Place(string group, string processes)
        {
            New(group);
            Put($"{group}/cgroup.procs", processes);
            Put("/proc/self/cgroup", $"0::{group["/sys/fs/cgroup".Length..]}\n".Replace("0::\n", "0::/\n", StringComparison.Ordinal));
        }

        public void Put(string path, string text)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_root + path)!);
            File.WriteAllText(_root + path, text);
        }

        public override void Make(string group)
        {
            Refuse(group);
            New(group);
            Done.Add($"make {group}");
        }

        public override void Write(string path, string text)
        {
            Refuse(path);
            Done.Add($"{path} {text}");
            if (Path.GetFileName(path) != "cgroup.procs")
            {
                base.Write(path, text);
                return;
            }
            foreach (var procs in Directory.EnumerateFiles(_root + "/sys", "cgroup.procs", SearchOption.AllDirectories).Where(p => p != _root + path)) Keep(procs, Lines(procs).Where(l => l != text));
            Keep(_root + path, Lines(_root + path).Append(text));
        }

        public override void Kill(int process)
        {
            Done.Add($"kill {process}");
            foreach (var procs in Directory.EnumerateFiles(_root + "/sys", "cgroup.procs", SearchOption.AllDirectories)) Keep(procs, Lines(procs).Where(l => l != $"{process}"));
        }

        protected override void RemoveOne(string group)
        {
            if (Below(group).Count > 0 || Read($"{group}/cgroup.procs").Length > 0) throw new IOException("Device or resource busy");
            Directory.Delete(_root + group, recursive: true);
        }

        private void New(string group)
        {
            foreach (var (file, text) in new[]
                     {
                         ("cgroup.type", "domain\n"), ("cgroup.controllers", "cpu memory pids\n"), ("cgroup.procs", ""), ("cgroup.subtree_control", ""), ("memory.max", "max\n"), ("memory.swap.max", "max\n"),
                         ("memory.oom.group", "0\n"), ("memory.events", "oom 0\noom_kill 0\n"), ("pids.max", "max\n"),
                     })
                Put($"{group}/{file}", text);
        }

        private void Refuse(string path)
        {
            if (path == Closed) throw new UnauthorizedAccessException($"Access to the path '{path}' is denied.");
        }

        private static void Keep(string path, IEnumerable<string> lines) => File.WriteAllText(path, string.Concat(lines.Order(StringComparer.Ordinal).Select(l => l + "\n")));

        private static string[] Lines(string path) => File.ReadAllText(path).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
