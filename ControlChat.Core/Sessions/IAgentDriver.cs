namespace ControlChat.Core.Sessions;

/// <summary>One agent process and its one thread, from the first message to the end. Safe to use from several threads.</summary>
public interface IAgentDriver : IAsyncDisposable
{
    /// <summary>All events, in order, to one reader; the last one is <see cref="AgentEvent.Ended"/>. A reader that does not keep up makes
    /// the agent wait: nothing is skipped, and memory is bounded.</summary>
    IAsyncEnumerable<AgentEvent> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Begins the thread or takes an earlier one up, and checks that the agent runs it as it was told to.</summary>
    /// <returns>The thread's id, to take it up later.</returns>
    /// <exception cref="AgentException">The agent refused, did not answer, or would run with other rights than ordered: nothing can be sent to it then.</exception>
    Task<string> StartAsync(AgentOrder order, CancellationToken cancellationToken);

    /// <summary>Says something to the agent. While a turn runs it joins that turn (steering), otherwise it begins one.</summary>
    /// <param name="text">Not blank.</param>
    /// <returns>The id of the turn.</returns>
    /// <exception cref="AgentException">It could not be handed over.</exception>
    Task<string> SendAsync(string text, CancellationToken cancellationToken);

    /// <summary>Ends the turn that runs and every command that runs, in the background too. Without a turn, only those.</summary>
    /// <exception cref="AgentException">The agent did not answer: end the process.</exception>
    Task InterruptAsync(CancellationToken cancellationToken);

    /// <summary>Answers a request once.</summary>
    /// <param name="content">What to answer a question with; only with <see cref="AgentAnswer.Accept"/>.</param>
    /// <returns>False: it was answered before, or its turn or its agent has ended. Nothing was sent.</returns>
    /// <exception cref="OperationCanceledException">Before anything was decided; later the token changes nothing.</exception>
    /// <exception cref="AgentException">The answer did not reach the agent. It is told as <see cref="AgentEvent.ApprovalResolved"/> without one, and cannot be given again.</exception>
    Task<bool> AnswerAsync(string approvalId, AgentAnswer answer, System.Text.Json.JsonElement? content, CancellationToken cancellationToken);

    /// <summary>Asks the agent to end: interrupts it, then closes its input. Never throws, and takes about 2 s at most whatever the agent does;
    /// whoever started the process waits a while, then kills it.</summary>
    /// <param name="cancellationToken">Ends the interrupting early; the input is closed all the same.</param>
    Task StopAsync(CancellationToken cancellationToken);
}
