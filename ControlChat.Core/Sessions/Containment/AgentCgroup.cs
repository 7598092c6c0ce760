using System.Globalization;
using ControlChat.Core.Processes;

namespace ControlChat.Core.Sessions.Containment;

/// <summary>
/// The control group of one agent or command: the kernel bounds what is in it. The process is in one below that with the limits, which is all
/// that a namespace of control groups inside would show: an agent with the hub's own rights could mount it and lift limits that stand there.
/// </summary>
internal sealed class AgentCgroup
{
    // Threads count; as of what is in a namespace.
    private const int MostProcesses = 4096;
    private const long Megabyte = 1024 * 1024;
    private const string Inner = "in";

    // The names of files are its arguments. What it writes to stdout is the sign of ProcessOrder.Signs; a shell tells of the folder in PWD, which is nobody's to know.
    private const string Join = "while [ \"$1\" != -- ]; do echo 0 > \"$1\" || exit 125; shift; done; shift; unset PWD OLDPWD; printf . && exec \"$@\"";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);
    private readonly CgroupFiles _files;
    private readonly TimeProvider _time;
    private readonly int _megabytes;
    private readonly List<string> _groups = [];
    private readonly List<string> _joined = [];
    private readonly Lazy<Task<bool>> _removed;
    private readonly bool _isUnified;
    private volatile bool _wasFull;

    private AgentCgroup(CgroupFiles files, TimeProvider time, int megabytes, bool isUnified)
    {
        (_files, _time, _megabytes, _isUnified) = (files, time, megabytes, isUnified);
        _removed = new(RemoveOnceAsync);
    }

    // What the watchdog sees it ends with words, so it may come first.
    private long MostBytes => (_megabytes + (_megabytes / 8)) * Megabyte;

    /// <param name="name">That no other has.</param>
    /// <exception cref="IOException">The kernel refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">It is somebody else's.</exception>
    public static AgentCgroup Make(CgroupHost host, string name, int megabytes, CgroupFiles files, TimeProvider time)
    {
        var cgroup = new AgentCgroup(files, time, megabytes, host is CgroupHost.Unified);
        try
        {
            switch (host)
            {
                case CgroupHost.Unified(var group):
                    cgroup.Bound($"{group}/{name}", "cgroup.procs", ("memory.max", cgroup.MostBytes, true), ("memory.swap.max", 0, false), ("memory.oom.group", 1, true), ("pids.max", MostProcesses, true));
                    break;
                case CgroupHost.Split(var memory, var pids):
                    // A thread alone, which the one of a shell that just began is, joins without the lock over all processes that cgroup.procs takes: 10 ms.
                    cgroup.Bound($"{memory}/{name}", "tasks", ("memory.limit_in_bytes", cgroup.MostBytes, true), ("memory.memsw.limit_in_bytes", cgroup.MostBytes, false));
                    cgroup.Bound($"{pids}/{name}", "tasks", ("pids.max", MostProcesses, true));
                    break;
            }
            return cgroup;
        }
        catch
        {
            foreach (var group in cgroup._groups) files.Remove(group);
            throw;
        }
    }

    /// <summary>How to start it so that it is in here before it begins.</summary>
    public ProcessOrder Around(ProcessOrder order) =>
        order with { File = "/bin/sh", Arguments = ["-c", Join, "sh", .. _joined, "--", order.File, .. order.Arguments], Signs = true };

    /// <summary>Whether the kernel ended something in here because its memory ran out.</summary>
    public MemoryExcess? Excess()
    {
        // One that was ended because the machine's memory ran out took no more than it may.
        if (!_wasFull && Counters("oom_kill").Sum() > 0 && WasAtLimit()) _wasFull = true;
        return _wasFull ? new MemoryExcess(MostBytes / Megabyte, _megabytes) : null;
    }

    /// <summary>Ends what is still in it, and removes it.</summary>
    /// <returns>False when it is still in use 5 s later.</returns>
    public Task<bool> RemoveAsync() => _removed.Value;

    /// <summary>The same, without patience.</summary>
    /// <returns>False when it is still in use.</returns>
    public bool Remove()
    {
        // What was counted goes with it.
        Excess();
        // Each of them, whatever became of the others.
        return _groups.ConvertAll(_files.Remove).TrueForAll(isGone => isGone);
    }

    public override string ToString() => string.Join(", ", _groups);

    private void Bound(string group, string joined, params (string File, long Value, bool IsSure)[] limits)
    {
        _files.Make(group);
        _groups.Add(group);
        foreach (var (file, value, isSure) in limits)
            if (isSure || _files.IsThere($"{group}/{file}")) _files.Write($"{group}/{file}", value.ToString(CultureInfo.InvariantCulture));
        _files.Make($"{group}/{Inner}");
        _joined.Add($"{group}/{Inner}/{joined}");
    }

    private async Task<bool> RemoveOnceAsync()
    {
        for (var since = _time.GetTimestamp(); ; await Task.Delay(Look, _time))
        {
            if (Remove()) return true;
            // A namespace that was just being made when the one who made it was ended, lives on.
            foreach (var process in Trees(_groups[0]).SelectMany(g => Text($"{g}/cgroup.procs").Split('\n', StringSplitOptions.RemoveEmptyEntries))) _files.Kill(int.Parse(process, CultureInfo.InvariantCulture));
            if (_time.GetElapsedTime(since) > Patience) return false;
        }
    }

    // Version 1 counts no failed charges of memory with swap (Linux 6.18); what it took at most is told, to some pages.
    private bool WasAtLimit() => _isUnified ? Counters("oom").Sum() > 0
        : long.TryParse(Text($"{_groups[0]}/memory.max_usage_in_bytes"), NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most > MostBytes - Megabyte;

    // Version 2 counts what happens below one with it; in version 1 each counts its own.
    private IEnumerable<long> Counters(string name) => _isUnified ? Lines($"{_groups[0]}/memory.events", name) : Trees(_groups[0]).SelectMany(g => Lines($"{g}/memory.oom_control", name));

    private IEnumerable<string> Trees(string group) => _files.IsThere(group) ? [group, .. _files.Below(group).SelectMany(b => Trees($"{group}/{b}"))] : [];

    // oom_kill 1
    private IEnumerable<long> Lines(string path, string name) => Text(path).Split('\n')
        .Select(line => line.Split(' '))
        .Where(f => f.Length == 2 && f[0] == name)
        .Select(f => long.Parse(f[1], CultureInfo.InvariantCulture));

    private string Text(string path)
    {
        try
        {
            return _files.Read(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It was removed meanwhile; what it counted is kept.
            return "";
        }
    }
}
