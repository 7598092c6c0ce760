using ControlChat.Core.Sessions.Containment;

namespace ControlChat.Core.Sessions.Terminals.Hosts;

/// <summary>A pseudo-terminal of this process for each: it ends with this process, however this one ends.</summary>
internal sealed class PtyHost(AgentProcesses processes, TimeProvider time) : ITerminalHost
{
    private const string Kind = "xterm-256color";

    public string Name => "pty";

    public Task<string?> FaultAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var tried = PseudoTerminal.Open(TerminalSize.Default, processes.User.Id);
            return Task.FromResult<string?>(null);
        }
        catch (IOException e)
        {
            return Task.FromResult<string?>($"{e.Message} Terminals need /dev/ptmx and a mounted /dev/pts.");
        }
    }

    public Task<string> DescribeAsync(CancellationToken cancellationToken) => Task.FromResult("a pseudo-terminal of the worker's own for each; it ends with its worker (Sessions:Terminal:Host=pty)");

    public async Task<ITerminalProcess> StartAsync(string sessionId, BoxOrder order, TerminalSize size, bool contained, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var terminal = PseudoTerminal.Open(size, contained ? processes.User.Id : null);
        try
        {
            var named = order with { Environment = new Dictionary<string, string>(order.Environment) { ["TERM"] = Kind } };
            var process = contained ? await processes.StartTerminalAsync(named, terminal.Path) : await processes.StartTerminalUncontainedAsync(named, terminal.Path);
            return new PtyProcess(processes, process, terminal, size, contained, time);
        }
        catch
        {
            terminal.Dispose();
            throw;
        }
    }

    public Task<ITerminalProcess?> AdoptAsync(string sessionId, CancellationToken cancellationToken) => Task.FromResult<ITerminalProcess?>(null);

    public Task<bool> RemoveAsync(string sessionId) => Task.FromResult(true);
}
