namespace ControlChat.Core.Sessions.Codex;

/// <summary>What a process writes, to its end: the end of the stream, or the end of the process when somebody else holds the stream open.</summary>
internal sealed class AgentOutput(AgentPipes pipes, TimeProvider time)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadOpenAsync(buffer, cancellationToken);
        }
        catch (InvalidOperationException)
        {
            // We closed it.
            return 0;
        }
    }

    private async ValueTask<int> ReadOpenAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var reading = pipes.FromAgent.ReadAsync(buffer, cancellationToken);
        if (reading.IsCompletedSuccessfully) return await reading;
        var task = reading.AsTask();
        if (await Task.WhenAny(task, pipes.Exited) == task) return await task;
        try
        {
            // What it wrote before it ended may still be in the pipe.
            return await task.WaitAsync(Grace, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return 0;
        }
    }

    /// <summary>How it ended. A process that closed its output and lives on gets a moment, then counts as ended.</summary>
    public async Task<AgentExit> EndAsync()
    {
        try
        {
            return await pipes.Exited.WaitAsync(Grace, time);
        }
        catch (TimeoutException)
        {
            return new AgentExit(null, "It closed its output and did not end.");
        }
    }

    public static string Words(AgentExit exit)
    {
        var code = exit.Code is { } known ? $" with exit code {known}" : "";
        return exit.Complaint.Length > 0 ? $"The agent's process ended{code}: {exit.Complaint}" : $"The agent's process ended{code}.";
    }
}
