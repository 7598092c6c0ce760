using System.Globalization;
using System.Text;
using ControlChat.Core.Processes;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions.Terminals.Hosts;

/// <summary>
/// The tmux of one session. Its socket is in the session's folder beside the home, where no agent comes: whoever answers there could have our own tmux run
/// commands. The path is relative to that folder, because a socket's may have 107 bytes (man 7 unix).
/// </summary>
internal sealed class TmuxServer(HubPaths paths, string session, TimeProvider time)
{
    private const string Socket = "socket";

    // Each of at most 500 cells.
    private const int MostHistory = 2_000;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly string[] Options =
    [
        "start-server", ";",
        // No key and no line of its own; what a program prints changes nothing of it.
        "set", "-g", "prefix", "None", ";", "set", "-g", "prefix2", "None", ";", "set", "-g", "status", "off", ";", "set", "-s", "set-clipboard", "off", ";",
        "set", "-g", "allow-rename", "off", ";", "set", "-g", "automatic-rename", "off", ";", "set", "-s", "escape-time", "0", ";",
        "set", "-s", "default-terminal", "tmux-256color", ";", "set", "-g", "history-limit", MostHistory.ToString(CultureInfo.InvariantCulture), ";", "set", "-g", "update-environment", "", ";",
        // How one ended that was ended can be asked for then.
        "set", "-g", "remain-on-exit", "on", ";", "set", "-g", "remain-on-exit-format", "", ";",
    ];

    // Set before there is a window, tmux 3.3a crashes by it.
    private static readonly string[] LaterOptions = [";", "set", "-g", "window-size", "manual"];

    // It waits until somebody listens. What a program printed last tmux tells only while something is at its terminal, so this stays there, says how the
    // program ended, and marks the end of what it printed; also where Ctrl+S had stopped it. It stands at the front of the terminal with bubblewrap and
    // hears no keys, and goes with tmux. The files are its arguments, out of an agent's reach.
    private const string Keeper =
        "trap '' INT QUIT TSTP; go=$1; told=$2; mark=$3; shift 3; until [ -e \"$go\" ]; do sleep 0.02; done; unset PWD OLDPWD; \"$@\"; echo $? >\"$told\"; stty -ixon 2>/dev/null; "
        + "printf '\\033]7777;%s\\033\\\\' \"$mark\"; exec sleep infinity";

    private string Folder => Path.Combine(paths.Agents, session, "terminal");

    private string Go => Path.Combine(Folder, "go");

    private string Told => Path.Combine(Folder, "told");

    private string Mark => Path.Combine(Folder, "mark");

    /// <summary>What its commands call the program's terminal.</summary>
    public string Target => session;

    public bool IsThere => Path.Exists(Path.Combine(Folder, Socket));

    /// <summary>What follows on all that the program printed; nobody in its namespace can know it.</summary>
    public byte[] End => File.Exists(Mark) ? Encoding.ASCII.GetBytes($"\u001b]7777;{File.ReadAllText(Mark)}\u001b\\") : [];

    /// <summary>How the program ended, while its terminal is still there.</summary>
    public int? Code => File.Exists(Told) && File.ReadAllText(Told) is [.. var code, '\n'] && int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Somebody listens: the program may begin.</summary>
    public void Begin() => File.WriteAllText(Go, "");

    /// <summary>What starts one around a program. Its environment is not in a command line, which others may read.</summary>
    /// <exception cref="IOException">There is no tmux.</exception>
    public ProcessOrder Around(ProcessOrder pane, TerminalSize size)
    {
        Directory.CreateDirectory(Folder, OwnerOnly);
        var mark = Guid.NewGuid().ToString("n");
        File.WriteAllText(Mark, mark);
        string[] window =
        [
            "new-session", "-d", "-s", session, "-n", "terminal", "-c", pane.Directory, "-x", size.Columns.ToString(CultureInfo.InvariantCulture), "-y", size.Rows.ToString(CultureInfo.InvariantCulture), "--",
        ];
        string[] kept = ["/bin/sh", "-c", Keeper, "sh", Go, Told, mark, "/usr/bin/env", "-u", "TMUX", "-u", "TMUX_PANE", "-u", "TERM_PROGRAM", "-u", "TERM_PROGRAM_VERSION", "-u", "SHELL", pane.File, .. pane.Arguments];
        // A word that ends in ';' would end the command: man 1 tmux, "command sequences".
        return Order([.. Options, .. window, .. kept.Select(w => w.EndsWith(';') ? $"{w[..^1]}\\;" : w), .. LaterOptions]) with { Environment = pane.Environment };
    }

    /// <summary>Speaks with it over its standard streams, as man 1 tmux, "control mode", says.</summary>
    public Task<(LongProcess Process, Stream Input, Stream Output)> AttachAsync() =>
        StarterThread.RunAsync(() => (LongProcess.Open(Order(["-C", "attach", "-t", session]), out var input, out var output), input, output));

    /// <summary>Has it do something.</summary>
    /// <returns>What it answered; null: there is none, or it could not.</returns>
    public async Task<string?> AskAsync(params string[] command)
    {
        if (!IsThere) return null;
        var answer = "";
        var process = await StarterThread.RunAsync(() => LongProcess.Start(Order(command), async output => answer = await output.ReadToEndAsync()));
        try
        {
            return await process.Exited.WaitAsync(Patience, time) == 0 ? answer : null;
        }
        catch (TimeoutException)
        {
            ProcessGroup.End(process.Id);
            return null;
        }
    }

    /// <summary>Ends it with its program.</summary>
    /// <returns>False when something still lives 5 s later.</returns>
    public async Task<bool> RemoveAsync()
    {
        var ended = true;
        if (await PaneAsync() is { } pane) ended = await ProcessGroup.StopAllAsync(pane.Process, TimeSpan.Zero, time);
        await AskAsync("kill-server");
        // One that does not answer, or whose socket is gone.
        foreach (var left in ProcessTable.With(session).Where(p => p.Arguments is [var file, ..] && Path.GetFileName(file) == "tmux"))
            ended &= await ProcessGroup.StopAsync(left, TimeSpan.Zero, time, CancellationToken.None);
        // While something lives, this is the only way to it.
        if (ended && Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
        return ended;
    }

    /// <summary>Its program; null: there is none.</summary>
    public async Task<TmuxPane?> PaneAsync() =>
        await AskAsync("display-message", "-p", "-t", session, TmuxPane.Format) is { } answer ? TmuxPane.Read(answer) : null;

    private ProcessOrder Order(IEnumerable<string> arguments) => new(
        Programs.Find("tmux") ?? throw new IOException(TmuxHost.Missing), ["-u", "-S", Socket, "-f", "/dev/null", .. arguments], Folder, new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["LANG"] = "C.UTF-8" });
}
