namespace ControlChat.Core.Usage;

/// <summary>What is counted.</summary>
public static class UsageKinds
{
    /// <summary>A run of the control agent, at its end; its tokens as they are used.</summary>
    public const string Run = "run";

    /// <summary>A call of a control tool, by whichever door.</summary>
    public const string Tool = "tool";

    /// <summary>A call of a tool of a workspace by its agent.</summary>
    public const string AgentTool = "agent_tool";

    /// <summary>A session of a workspace agent, at its end; its tokens as they are used.</summary>
    public const string Session = "session";

    /// <summary>The name of runs.</summary>
    public const string Control = "control";

    /// <summary>The name of every tool that there is none of: what a caller makes up is not kept.</summary>
    public const string Unknown = "unknown";

    /// <summary>Statuses of outcomes that are no error: it was done or ordered, it waits for a person, or a person said no.</summary>
    private static readonly HashSet<string> Well = new(StringComparer.Ordinal) { "completed", "ordered", "planned", "confirmation_required", "in_progress", "declined", "cancelled", "expired" };

    /// <summary>Whether an outcome counts as an error: the call broke, or was refused.</summary>
    public static bool IsError(string status) => !Well.Contains(status);
}
