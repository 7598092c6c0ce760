namespace ControlChat.Core.Conversations;

/// <summary>The types of events, contracts section 5. Deltas, <c>reset</c> and <c>gap</c> are never stored.</summary>
public static class ConversationEvents
{
    public const string Message = "message";
    public const string RunStarted = "run_started";
    public const string RunFinished = "run_finished";
    public const string RunFailed = "run_failed";
    public const string RunCancelled = "run_cancelled";
    public const string TextDelta = "text_delta";
    public const string ReasoningDelta = "reasoning_delta";
    public const string Reset = "reset";
    public const string ToolStarted = "tool_started";
    public const string ToolFinished = "tool_finished";
    public const string ApprovalRequested = "approval_requested";
    public const string ApprovalResolved = "approval_resolved";
    public const string UiAction = "ui_action";
    public const string UiActionAck = "ui_action_ack";
    public const string HandoffStarted = "handoff_started";

    /// <summary>Something that happened in the session of a handoff.</summary>
    public const string SessionEvent = "session_event";
    public const string HandoffFinished = "handoff_finished";
    public const string Usage = "usage";
    public const string System = "system";
    public const string Error = "error";
    public const string Gap = "gap";

    /// <summary>Whether a list of conversations looks different after it: its order, or what its run is doing.</summary>
    internal static bool ChangesTheList(string type) =>
        type is Message or RunStarted or RunFinished or RunFailed or RunCancelled or ApprovalRequested or ApprovalResolved;
}
