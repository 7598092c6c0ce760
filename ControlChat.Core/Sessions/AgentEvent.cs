using System.Text.Json;

namespace ControlChat.Core.Sessions;

/// <summary>What a workspace agent did or said, in the order it told of it. All of it is untrusted text.</summary>
public abstract record AgentEvent
{
    private AgentEvent() { }

    /// <summary>The turn it belongs to, as the agent names it; null when it belongs to none.</summary>
    public string? TurnId { get; init; }

    public sealed record TurnStarted : AgentEvent;

    /// <summary>Exactly one for each <see cref="TurnStarted"/>, made up by the driver when the agent died before it said so.</summary>
    /// <param name="Fault">Why it failed; null otherwise.</param>
    public sealed record TurnFinished(TurnOutcome Outcome, string? Fault, TimeSpan? Took) : AgentEvent;

    /// <summary>The agent took in a message of a person.</summary>
    public sealed record UserMessage(string ItemId, string Text) : AgentEvent;

    /// <summary>A piece of a message. Shown as text and replaced by the <see cref="Message"/> of the same item.</summary>
    /// <param name="Offset">Where it begins in the message, in UTF-16 units.</param>
    public sealed record MessageDelta(string ItemId, int Offset, string Text) : AgentEvent;

    /// <param name="Whole">False: it broke off (a failed or steered turn); the text is what there was of it.</param>
    public sealed record Message(string ItemId, string Text, bool Whole) : AgentEvent;

    public sealed record ReasoningDelta(string ItemId, string Text) : AgentEvent;

    public sealed record Reasoning(string ItemId, string Text) : AgentEvent;

    /// <summary>What the deltas of this item showed is void: the agent asks its model again, and says it anew.</summary>
    public sealed record Reset(string ItemId) : AgentEvent;

    /// <param name="Command">As one text, quoted for a shell.</param>
    public sealed record CommandStarted(string ItemId, string Command, string? Directory) : AgentEvent;

    /// <summary>A piece of what it wrote. Not all pieces come: see <see cref="CommandFinished.Output"/>.</summary>
    public sealed record CommandOutput(string ItemId, string Text) : AgentEvent;

    /// <summary>It may come after the end of the turn: a command may go on in the background.</summary>
    /// <param name="Output">All of its output. It replaces what the pieces showed, which may lack the first; null: they stand.</param>
    public sealed record CommandFinished(string ItemId, ItemStatus Status, int? ExitCode, string? Output, TimeSpan? Took) : AgentEvent;

    /// <summary>Once when the agent begins with it and once when it is done, with the same item.</summary>
    public sealed record FileChange(string ItemId, ItemStatus Status, IReadOnlyList<ChangedFile> Files) : AgentEvent;

    /// <param name="Note">Why, or the whole plan as text when there are no steps.</param>
    public sealed record Plan(string? Note, IReadOnlyList<PlanStep> Steps) : AgentEvent;

    /// <summary>Once when the agent calls it and once when it is done, with the same item.</summary>
    /// <param name="Result">As the tool gave it; null while it runs and when it failed without one.</param>
    public sealed record ToolCall(string ItemId, ItemStatus Status, string? Server, string Tool, JsonElement? Arguments, JsonElement? Result, string? Fault, TimeSpan? Took) : AgentEvent;

    public sealed record ApprovalRequested(AgentApproval Approval) : AgentEvent;

    /// <summary>Exactly one for each <see cref="ApprovalRequested"/>.</summary>
    /// <param name="Answer">What was answered; null: nobody did, its turn or its agent ended. That counts as cancelled.</param>
    public sealed record ApprovalResolved(string ApprovalId, AgentAnswer? Answer) : AgentEvent;

    /// <param name="Total">Of the whole thread, earlier processes included.</param>
    /// <param name="Last">Of the last call of the model, when the agent says it.</param>
    /// <param name="ContextWindow">Tokens the model can take in, when the agent says it.</param>
    public sealed record Usage(TokenCount Total, TokenCount? Last, long? ContextWindow) : AgentEvent;

    /// <summary>Something a person may want to know; nothing went wrong.</summary>
    public sealed record Notice(string Text) : AgentEvent;

    /// <param name="Code">The agent's own word for it, such as <c>unauthorized</c>; a driver's own are <c>malformed</c>, <c>agent_died</c> and <c>tool_server</c>.</param>
    /// <param name="HttpStatus">Of the model endpoint's answer.</param>
    /// <param name="WillRetry">True: the agent tries again, and the turn goes on.</param>
    public sealed record Error(string Text, string? Code, string? Details, int? HttpStatus, bool WillRetry) : AgentEvent;

    /// <summary>Of a kind this driver does not know. Kept as it came.</summary>
    public sealed record Unknown(string Kind, JsonElement Raw) : AgentEvent;

    /// <summary>The last event, exactly one: the process is gone or says no more.</summary>
    /// <param name="Orderly">It was asked to end and did.</param>
    /// <param name="Text">How it ended, with the tail of what it complained of.</param>
    public sealed record Ended(bool Orderly, int? ExitCode, string Text) : AgentEvent;
}

public enum TurnOutcome { Completed, Interrupted, Failed }

/// <summary>Abandoned: it began, and its end was never told.</summary>
public enum ItemStatus { InProgress, Completed, Failed, Declined, Abandoned }

/// <param name="Kind"><c>add</c>, <c>delete</c>, <c>update</c>, or another word of the agent's.</param>
/// <param name="MovedTo">The new path of a file that was moved.</param>
/// <param name="Diff">A unified diff; of an added file its content. Empty when the agent does not tell.</param>
public sealed record ChangedFile(string Path, string Kind, string? MovedTo, string Diff);

/// <param name="Status"><c>pending</c>, <c>inProgress</c>, <c>completed</c>, or another word of the agent's.</param>
public sealed record PlanStep(string Text, string Status);

/// <param name="CachedInput">Of <paramref name="Input"/>, what the provider had in its cache.</param>
/// <param name="ReasoningOutput">Of <paramref name="Output"/>, what was reasoning.</param>
public sealed record TokenCount(long Input, long CachedInput, long Output, long ReasoningOutput);
