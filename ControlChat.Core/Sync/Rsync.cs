using System.Globalization;
using ControlChat.Core.Processes;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sync;

/// <summary>
/// rsync over ssh or to a directory. Regular files and directories only, with their times and whether they can be run: symbolic links are
/// neither carried nor followed on either side, so nothing outside of the two roots is read or written; no owner, no other rights
/// (so no setuid), no devices. No half file is kept: what broke off is begun again.
/// </summary>
internal sealed class Rsync(IHubSettings settings, TimeProvider time) : ISyncTransfer
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    // RERR_PARTIAL and RERR_VANISHED of rsync's errcode.h: some files were not moved, the others were.
    private static readonly int[] Partial = [23, 24];

    // What rsync ends in when its ssh failed and it did not find out in time with which code: RERR_SOCKETIO, RERR_STREAMIO, RERR_TIMEOUT. An rsync
    // that failed at the other end leads to the same, with its own words.
    private static readonly int[] Disconnected = [10, 12, 30];

    public async Task<SyncDifference> CompareAsync(SyncOrder order, CancellationToken cancellationToken)
    {
        var sync = settings.Current.Sync;
        var output = new RsyncOutput(order.Mark, sync.MaxFiles);
        await DoAsync(order, ["--dry-run", "--delete-delay"], output, sync.PlanTimeout, "Sync:PlanTimeout", cancellationToken);
        return output.IsTooMuch
            ? throw new SyncFailedException($"More than {sync.MaxFiles} files and directories differ. Leave some out with 'exclude', or the operator sets a higher Sync:MaxFiles.")
            : output.Difference;
    }

    public async Task<SyncDifference> RunAsync(SyncOrder order, SyncDifference expected, Action<SyncProgress> progress, CancellationToken cancellationToken)
    {
        var sync = settings.Current.Sync;
        var output = new RsyncOutput(order.Mark, int.MaxValue, progress);
        List<string> options = ["--info=progress2", string.Create(CultureInfo.InvariantCulture, $"--bwlimit={sync.KilobytesPerSecond}")];
        // What came since the comparison is not deleted.
        if (expected.Count("delete") is > 0 and var deletes) options.AddRange(["--delete-delay", string.Create(CultureInfo.InvariantCulture, $"--max-delete={deletes}")]);
        await DoAsync(order, options, output, sync.Timeout, "Sync:Timeout", cancellationToken);
        return output.Difference;
    }

    public async Task EndLeftoversAsync(string actionId)
    {
        foreach (var process in ProcessTable.With(FormatOption(actionId))) await ProcessGroup.StopAllAsync(process.Id, Grace, time);
    }

    private async Task DoAsync(SyncOrder order, IReadOnlyList<string> options, RsyncOutput output, TimeSpan limit, string setting, CancellationToken cancellationToken)
    {
        try
        {
            var (code, complaint) = await SyncProgram.RunAsync("rsync", Arguments(order, options), output.ReadAsync, limit, time, cancellationToken);
            if (code != 0) throw Failure(order, code, complaint);
        }
        catch (TimeoutException)
        {
            throw new SyncFailedException($"It took longer than {limit.TotalSeconds:0} s and was stopped. Leave something out with 'exclude', or the operator sets a longer {setting}.");
        }
    }

    private IEnumerable<string> Arguments(SyncOrder order, IReadOnlyList<string> options)
    {
        var config = order.Config;
        yield return "--recursive";
        yield return "--times";
        yield return "--omit-dir-times";
        yield return "--executability";
        foreach (var not in (string[])["links", "devices", "specials", "owner", "group", "perms", "inc-recursive", "human-readable"]) yield return $"--no-{not}";
        // Arguments for the other side go through the connection, not through its shell.
        yield return "--protect-args";
        yield return "--timeout=60";
        yield return FormatOption(order.Mark);
        foreach (var option in options) yield return option;
        foreach (var pattern in config.Exclude) yield return $"--exclude={pattern}";
        if (config is { Remote: SyncRemote.Ssh ssh, HostKey: { } key }) yield return $"--rsh={SshCommand.For(ssh, key, settings.Paths)}";
        yield return "--";
        // A slash at the end: what is in it, not the directory itself.
        var (own, other) = (order.Directory + "/", config.Remote is SyncRemote.Ssh { Target: var target } ? $"{target}:{config.Remote.Path}/" : config.Remote.Path.TrimEnd('/') + "/");
        foreach (var side in config.Direction == SyncDirection.Push ? new[] { own, other } : [other, own]) yield return side;
    }

    private static string FormatOption(string mark) => $"--out-format={RsyncOutput.Format(mark)}";

    /// <param name="code">rsync's exit code, not 0.</param>
    /// <param name="complaint">The end of what rsync and its ssh wrote to stderr.</param>
    internal static SyncFailedException Failure(SyncOrder order, int code, string complaint)
    {
        if (order.Config is { Remote: SyncRemote.Ssh { Host: var host }, HostKey: { } key })
        {
            if (Says(complaint, "Host key verification failed", "IDENTIFICATION HAS CHANGED", "no matching host key type"))
                return new SyncFailedException($"The key of {host} is not the one that was pinned ({key.Fingerprint}). If the host really got a new key, configure the sync again: the plan shows it. Else somebody may be in between.");
            if (Says(complaint, "Permission denied (")) return new SyncFailedException($"{host} does not let the hub's key in. Its public half (of Sync:SshKey) has to stand in authorized_keys there.") { IsOutside = true };
            if (code == 127 || Says(complaint, "rsync: command not found", "rsync: Command not found", "rsync: not found", "command not found: rsync")) return new SyncFailedException($"There is no rsync on {host}. Install it there, then ask again.") { IsOutside = true };
            if (code == 255 || Disconnected.Contains(code) && IsOfSsh(complaint)) return new SyncFailedException($"{host} could not be reached over ssh, or the connection broke off: {Last(order, complaint)}") { IsOutside = true, Untrusted = true };
        }
        var what = Partial.Contains(code) ? "Not everything could be moved" : code == 25 ? "More would have been deleted than was approved, so the rest was left" : $"rsync ended with code {code}";
        return new SyncFailedException($"{what}: {Last(order, complaint)}") { Untrusted = true };
    }

    private static bool IsOfSsh(string complaint) =>
        complaint.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Any(line => !line.StartsWith("rsync", StringComparison.Ordinal));

    private static bool Says(string complaint, params string[] words) => words.Any(w => complaint.Contains(w, StringComparison.Ordinal));

    // The last lines of its own are "rsync: connection unexpectedly closed …" and "rsync error: … (code 23) at main.c(1338)"; the one before says of what.
    // No path of the hub leaves here.
    private static string Last(SyncOrder order, string complaint)
    {
        var lines = complaint.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var line = lines.LastOrDefault(l => !l.StartsWith("rsync error:", StringComparison.Ordinal) && !l.StartsWith("rsync: connection unexpectedly closed", StringComparison.Ordinal)) ?? lines.LastOrDefault() ?? "it did not say why.";
        line = string.Concat(line.Replace(order.Directory, "the workspace", StringComparison.Ordinal).Where(c => !char.IsControl(c)));
        return line.Length <= 300 ? line : line[..300] + "…";
    }
}
