using System.Globalization;
using ControlChat.Core.Settings;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Sessions.Containment;

/// <summary>
/// Control groups for agents and commands, where the machine lets this process make some: the kernel bounds their memory and processes then,
/// between two looks of the watchdog too, and what they mount in memory. Found out once, when first asked.
/// </summary>
public sealed partial class AgentCgroups
{
    private const string Prefix = "controlchat";

    private readonly IHubSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger<AgentCgroups> _logger;
    private readonly CgroupFiles _files;
    private readonly Lazy<CgroupHost> _host;

    public AgentCgroups(IHubSettings settings, TimeProvider time, ILogger<AgentCgroups> logger)
        : this(settings, time, logger, new CgroupFiles())
    {
    }

    internal AgentCgroups(IHubSettings settings, TimeProvider time, ILogger<AgentCgroups> logger, CgroupFiles files)
    {
        (_settings, _time, _logger, _files) = (settings, time, logger, files);
        _host = new(Find);
    }

    /// <summary>Why there are none and what to do, for operators; null: there are.</summary>
    public string? Why => (_host.Value as CgroupHost.None)?.Why;

    /// <summary>One with the limits as they are set now.</summary>
    /// <returns>Null where the machine lets this process make none.</returns>
    /// <exception cref="IOException">It did, and does no more.</exception>
    internal AgentCgroup? Make()
    {
        if (_host.Value is CgroupHost.None) return null;
        try
        {
            return Make(_host.Value);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"No control group can be made any more: {e.Message}", e);
        }
    }

    /// <summary>Ends what is in one, and removes it.</summary>
    /// <returns>False when something still lives 5 s later.</returns>
    internal async Task<bool> RemoveAsync(AgentCgroup cgroup)
    {
        if (await cgroup.RemoveAsync()) return true;
        LogNotRemoved(_logger, cgroup.ToString());
        return false;
    }

    private AgentCgroup Make(CgroupHost host)
    {
        // Several hubs of one process have the same group, and one that was killed may have had its number.
        var name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{_files.Hub}-{Guid.NewGuid():n}");
        return AgentCgroup.Make(host, name, _settings.Current.Sessions.MemoryMegabytes, _files, _time);
    }

    private CgroupHost Find()
    {
        var host = CgroupHost.Find(_files);
        if (host is CgroupHost.None) return host;
        try
        {
            foreach (var group in Groups(host)) RemoveLeft(group);
            // Whether it can be done is only known by doing it.
            return Make(host).Remove() ? host : new CgroupHost.None("Control groups can be made here, but not removed.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return CgroupHost.Closed(e);
        }
    }

    private static IReadOnlyList<string> Groups(CgroupHost host) => host switch
    {
        CgroupHost.Unified(var group) => [group],
        CgroupHost.Split(var memory, var pids) => [memory, pids],
        _ => [],
    };

    // Of a hub that was killed. Its agents went with it; the kernel keeps a group that has a process.
    private void RemoveLeft(string group)
    {
        foreach (var name in _files.Below(group))
            if (name.Split('-') is [Prefix, var hub, _] && !_files.IsThere($"/proc/{hub}") && !_files.Remove($"{group}/{name}")) LogNotRemoved(_logger, $"{group}/{name}");
    }

    [LoggerMessage(1, LogLevel.Warning, "The control group {Group} could not be removed: something is still in it")]
    private static partial void LogNotRemoved(ILogger logger, string group);
}
