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
    Task<bool> AnswerAsync(string approvalId, AgentAnswer answer, System.Text.Json.JsonElement? content, CancellationToken cancellationToken);

    /// <summary>Asks the agent to end: interrupts it, then closes its input. Never throws for an agent that does not listen; whoever started
    /// the process waits a while, then kills it.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}
