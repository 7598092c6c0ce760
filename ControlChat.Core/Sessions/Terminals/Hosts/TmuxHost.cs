using System.Globalization;
using System.Text.RegularExpressions;
using ControlChat.Core.Processes;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions.Terminals.Hosts;

/// <summary>A tmux for each session, which lives on when this process ends; another one takes it up.</summary>
internal sealed partial class TmuxHost(AgentProcesses processes, HubPaths paths, TimeProvider time) : ITerminalHost
{
    /// <summary>Of <c>Sessions:Terminal:Host</c>.</summary>
    public const string Setting = "tmux";

    public const string Missing = "Sessions:Terminal:Host is 'tmux', which is not on this machine. Install the Debian package tmux, or set it to 'pty'.";

    // The first that tells of a signal that ended a program.
    private static readonly Version Oldest = new(3, 3);
    private static readonly TimeSpan MostToAnswer = TimeSpan.FromSeconds(10);

    public string Name => Setting;

    public async Task<string?> FaultAsync(CancellationToken cancellationToken)
    {
        if (Programs.Find(Setting) is not { } tmux) return Missing;
        try
        {
            return FaultOf(await VersionAsync(tmux, cancellationToken));
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            return $"tmux cannot be run: {e.Message}";
        }
    }

    public async Task<string> DescribeAsync(CancellationToken cancellationToken) => Programs.Find(Setting) is { } tmux
        ? $"{(await VersionAsync(tmux, cancellationToken)).Trim()}, each on a socket of its own; a terminal outlives its worker (Sessions:Terminal:Host=tmux)" : Missing;

    private async Task<string> VersionAsync(string tmux, CancellationToken cancellationToken)
    {
        var printed = "";
        var asked = LongProcess.Start(new ProcessOrder(tmux, ["-V"], "/", new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" }), async output => printed = await output.ReadToEndAsync(cancellationToken));
        await asked.Exited.WaitAsync(MostToAnswer, time, cancellationToken);
        return printed;
    }

    /// <param name="printed">Of <c>tmux -V</c>: <c>tmux 3.3a</c>, <c>tmux next-3.6</c>; a build of the newest source says <c>tmux master</c>.</param>
    internal static string? FaultOf(string printed)
    {
        if (printed.Trim() == "tmux master") return null;
        if (Number().Match(printed) is not { Success: true } match) return "What 'tmux' names on this machine prints no version. Install the Debian package tmux.";
        var version = new Version(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
        return version >= Oldest ? null : $"tmux {version} is too old for Sessions:Terminal:Host=tmux, which needs {Oldest}. Install a newer Debian package tmux, or set it to 'pty'.";
    }

    public async Task<ITerminalProcess> StartAsync(string sessionId, BoxOrder order, TerminalSize size, bool contained, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var server = new TmuxServer(paths, sessionId, time);
        // Of an earlier program of this session; two under one name would be taken for one.
        await server.RemoveAsync();
        var starter = await processes.HoldAsync(order, contained, pane => server.Around(pane, size));
        try
        {
            if (await starter.Exited.WaitAsync(MostToAnswer, time, cancellationToken) != 0) throw new IOException($"tmux could not be started: {starter.Complaint}");
            return await TmuxProcess.AttachAsync(server, processes, starter, time) ?? throw new IOException("tmux was started and does not answer.");
        }
        catch (Exception e)
        {
            await server.RemoveAsync();
            await processes.KillAsync(starter);
            if (e is TimeoutException) throw new IOException("tmux did not start in time.", e);
            throw;
        }
    }

    public async Task<ITerminalProcess?> AdoptAsync(string sessionId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return await TmuxProcess.AttachAsync(new TmuxServer(paths, sessionId, time), processes, null, time);
    }

    public Task<bool> RemoveAsync(string sessionId) => new TmuxServer(paths, sessionId, time).RemoveAsync();

    [GeneratedRegex(@"^tmux (?:next-)?(\d{1,4})\.(\d{1,4})")]
    private static partial Regex Number();
}
