using System.Runtime.CompilerServices;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>Follows one <c>codex exec --json</c> to its end. Whoever reads the events drives the reading, so nothing piles up.</summary>
internal static class ExecReader
{
    public static async IAsyncEnumerable<AgentEvent> ReadAsync(AgentPipes pipes, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Piped stdin would become part of the prompt.
        await pipes.ToAgent.DisposeAsync();
        var output = new AgentOutput(pipes, time);
        var projection = new ExecProjection();
        await foreach (var line in JsonLines.ReadAsync(output.ReadAsync, cancellationToken))
        {
            foreach (var happened in Take(line, projection)) yield return happened;
        }
        var exit = await output.EndAsync();
        var words = AgentOutput.Words(exit);
        foreach (var happened in projection.End(words)) yield return happened;
        // A bad thread id or a tool server that is required and missing: nothing on stdout, and the reason on stderr.
        if (exit.Code is not 0 && !projection.Finished) yield return new AgentEvent.Error(words, "agent_died", null, null, WillRetry: false);
        yield return new AgentEvent.Ended(exit.Code is 0, exit.Code, words);
    }

    private static IReadOnlyList<AgentEvent> Take(JsonLine line, ExecProjection projection)
    {
        try
        {
            return line switch
            {
                JsonLine.Value value => projection.Read(value.Root),
                JsonLine.Fault fault => [new AgentEvent.Error($"The agent wrote {fault.Why}; it was skipped.", "malformed", fault.Head, null, WillRetry: false)],
                _ => [],
            };
        }
        catch (Exception e)
        {
            return [new AgentEvent.Error("The agent wrote a line in a form that is not known; it was skipped.", "malformed", e.Message, null, WillRetry: false)];
        }
    }
}
