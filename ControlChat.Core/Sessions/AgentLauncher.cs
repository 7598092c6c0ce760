using ControlChat.Core.Processes;
using ControlChat.Core.Sessions.Containment;

namespace ControlChat.Core.Sessions;

/// <summary>Starts an agent in its namespace and hands over its driver.</summary>
public sealed class AgentLauncher(AgentProcesses processes, IAgentKind kind, TimeProvider time)
{
    /// <param name="contained">False: without a namespace.</param>
    /// <exception cref="AgentException">Its program is not on this machine.</exception>
    /// <exception cref="IOException">It cannot be started, or no namespace can be made.</exception>
    /// <exception cref="ArgumentException">Its namespace would show a place of the hub.</exception>
    public async Task<RunningAgent> StartAsync(AgentPlace place, bool contained = true)
    {
        var (process, input, output) = contained ? await processes.OpenAsync(kind.Order(place)) : await processes.OpenUncontainedAsync(kind.Order(place));
        return new RunningAgent(kind.Attach(new AgentPipes(output, input, ExitAsync(process))), processes, process, time);
    }

    private static async Task<AgentExit> ExitAsync(LongProcess process)
    {
        var code = await process.Exited;
        return new AgentExit(code, process.Complaint);
    }
}

/// <summary>An agent's process with its driver. Disposing ends both: asked first, then killed with all it started.</summary>
public sealed class RunningAgent : IAsyncDisposable
{
    private static readonly TimeSpan Asked = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private readonly AgentProcesses _processes;
    private readonly LongProcess _process;
    private readonly TimeProvider _time;

    internal RunningAgent(IAgentDriver driver, AgentProcesses processes, LongProcess process, TimeProvider time) =>
        (Driver, _processes, _process, _time) = (driver, processes, process, time);

    public IAgentDriver Driver { get; }

    /// <summary>The head of its process group.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Whether the kernel ended something of it for its memory.</summary>
    public MemoryExcess? Excess => _processes.Excess(_process);

    /// <summary>Ends it at once, without a word.</summary>
    public Task KillAsync() => _processes.KillAsync(_process);

    public async ValueTask DisposeAsync()
    {
        try
        {
            using (var patience = new CancellationTokenSource(Asked, _time)) await Driver.StopAsync(patience.Token).WaitAsync(Asked, _time);
            // It ends by itself once its input is closed; a signal that comes first would break off what it writes down.
            await _process.Exited.WaitAsync(Grace, _time);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException or AgentException)
        {
            // It does not listen.
        }
        finally
        {
            await _processes.KillAsync(_process);
            await Driver.DisposeAsync();
        }
    }
}
