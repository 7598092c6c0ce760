using System.Text.Json.Nodes;

namespace ControlChat.Core.Sessions;

/// <summary>Something that happened in a session, before it has its place in the order.</summary>
/// <param name="Type">One of <see cref="SessionEvents"/>.</param>
public sealed record SessionEvent(string Type, JsonObject Data);

/// <summary>An event of a session as it is stored.</summary>
public sealed record StoredSessionEvent
{
    public long Seq { get; init; }
    public string Type { get; init; } = "";

    /// <summary>A JSON object.</summary>
    public string Data { get; init; } = "{}";
    public DateTimeOffset At { get; init; }
}

/// <summary>The types of a session's events (contracts, section 8).</summary>
public static class SessionEvents
{
    public const string State = "state";
    public const string UserMessage = "user_message";

    /// <summary>A piece of a message that is still being written: shown, never stored.</summary>
    public const string AgentMessageDelta = "agent_message_delta";
    public const string AgentMessage = "agent_message";
    public const string Reasoning = "reasoning";
    public const string CommandStarted = "command_started";
    public const string CommandOutput = "command_output";
    public const string CommandFinished = "command_finished";
    public const string FileChange = "file_change";
    public const string Plan = "plan";
    public const string ToolCall = "tool_call";
    public const string ApprovalRequested = "approval_requested";
    public const string ApprovalResolved = "approval_resolved";
    public const string Usage = "usage";
    public const string System = "system";
    public const string Error = "error";

    /// <summary>The <c>code</c> of a <see cref="System"/> event: what the agent was doing was broken off with the worker that had it.</summary>
    public const string TakenOver = "taken_over";

    /// <summary>Likewise: the agent runs without a namespace around it.</summary>
    public const string Uncontained = "uncontained";

    /// <summary>Likewise: somebody interrupted the turn.</summary>
    public const string TurnInterrupted = "turn_interrupted";

    /// <summary>The <c>code</c> of an <see cref="Error"/> event: the turn ended by it.</summary>
    public const string TurnFailed = "turn_failed";

    /// <summary>The last one, written with the end itself.</summary>
    public const string Ended = "ended";

    /// <summary>Those that are appended one by one.</summary>
    public static IReadOnlyList<string> Stored { get; } =
    [
        State, UserMessage, AgentMessage, Reasoning, CommandStarted, CommandOutput, CommandFinished, FileChange, Plan, ToolCall,
        ApprovalRequested, ApprovalResolved, Usage, System, Error,
    ];
}
