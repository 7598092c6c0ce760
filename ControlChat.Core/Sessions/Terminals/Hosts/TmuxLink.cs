using System.Text;
using ControlChat.Core.Processes;

namespace ControlChat.Core.Sessions.Terminals.Hosts;

/// <summary>One connection to a session's tmux in control mode, and the screen as it was when it began.</summary>
internal sealed class TmuxLink
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly LongProcess _process;
    private readonly Stream _input;

    private TmuxLink(LongProcess process, Stream input, ControlLines lines) => (_process, _input, Lines) = (process, input, lines);

    public ControlLines Lines { get; }

    /// <summary>Marks the place in its lines at which the screen was as <see cref="Screen"/> is. A window's name is told in its turn among the output.</summary>
    public byte[] Begin { get; private set; } = [];

    public byte[] Screen { get; private set; } = [];

    /// <summary>An earlier one of this process was lost.</summary>
    public bool IsAnew { get; set; }

    /// <returns>Null: there is no tmux, or it does not answer.</returns>
    public static async Task<TmuxLink?> OpenAsync(TmuxServer server, TimeProvider time)
    {
        if (!server.IsThere) return null;
        var (process, input, output) = await server.AttachAsync();
        var link = new TmuxLink(process, input, new ControlLines(output));
        try
        {
            if (await Task.Run(link.IsAttached).WaitAsync(Patience, time) && await link.LookAsync(server)) return link;
        }
        catch (TimeoutException)
        {
            // It does not answer.
        }
        await link.CloseAsync();
        return null;
    }

    public async Task SayAsync(string command, CancellationToken cancellationToken)
    {
        await _input.WriteAsync(Encoding.ASCII.GetBytes(command), cancellationToken).AsTask().WaitAsync(cancellationToken);
        await _input.FlushAsync(cancellationToken);
    }

    /// <summary>Whoever reads its lines gets the end of them.</summary>
    public async Task CloseAsync()
    {
        ProcessGroup.End(_process.Id);
        await _process.Exited;
        await _input.DisposeAsync();
    }

    // %session-changed $0 NAME
    private bool IsAttached()
    {
        while (Lines.Next(out var line))
            if (line.StartsWith("%session-changed "u8)) return true;
        return false;
    }

    // By another connection: what a program prints could look like an end of an answer in this one.
    private async Task<bool> LookAsync(TmuxServer server)
    {
        var begin = $"begin-{Guid.NewGuid():n}";
        var answer = await server.AskAsync("display-message", "-p", "-t", server.Target, TmuxPane.Format, ";", "capture-pane", "-p", "-e", "-S", "-", "-t", server.Target, ";", "rename-window", "-t", server.Target, begin);
        if (answer is null || TmuxPane.Read(answer) is not { } pane) return false;
        Begin = Encoding.ASCII.GetBytes(begin);
        Screen = Encoding.UTF8.GetBytes(pane.Screen.Drawn(answer.Split('\n')[1..^1]));
        return true;
    }
}
