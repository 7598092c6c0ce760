namespace ControlChat.Core.Sessions.Handoffs;

/// <summary>A handed-over task as it is stored, and how far the session it went to has been followed.</summary>
public sealed record HandoffRow
{
    /// <summary>What every id of a handoff begins with.</summary>
    public const string Prefix = "hof";

    public const string Waiting = "waiting";
    public const string Running = "running";

    public required string Id { get; init; }
    public required string SessionId { get; init; }
    public required string WorkspaceId { get; init; }

    /// <summary>Null: nobody is told.</summary>
    public string? ConversationId { get; init; }
    public string? RunId { get; init; }

    /// <summary>See <see cref="Handoffs.Capsule"/>.</summary>
    public required string Capsule { get; init; }

    /// <summary>The task's message among the session's events.</summary>
    public required long MessageSeq { get; init; }

    /// <summary><see cref="Running"/> once the agent was seen to begin with it.</summary>
    public string Phase { get; init; } = Waiting;

    /// <summary>The last event of the session that was looked at.</summary>
    public required long FollowedSeq { get; init; }

    /// <summary>How many of them the conversation was told.</summary>
    public long Told { get; init; }

    /// <summary>One of <see cref="HandoffStatus"/>; null while it is open.</summary>
    public string? Status { get; init; }
    public string? Result { get; init; }
}

/// <summary>What came of a handed-over task.</summary>
public static class HandoffStatus
{
    /// <summary>The agent's turn ended by itself, and all that was asked for is there.</summary>
    public const string Completed = "completed";

    /// <summary>It ended, and something is missing, or is where it must not be, or was reported and is not true.</summary>
    public const string Incomplete = "incomplete";
    public const string Failed = "failed";

    /// <summary>Somebody stopped or interrupted it, or its owner lost the right to it.</summary>
    public const string Stopped = "stopped";

    /// <summary>Its time was over.</summary>
    public const string Expired = "expired";
}
