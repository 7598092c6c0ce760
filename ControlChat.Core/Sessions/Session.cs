using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions;

/// <summary>An agent at work in one workspace, for one person, as it is stored. What others see of it: contracts, section 8.</summary>
public sealed record Session
{
    /// <summary>What every id of a session begins with.</summary>
    public const string Prefix = "ags";

    public required string Id { get; init; }
    public required string WorkspaceId { get; init; }

    /// <summary>The account it acts for.</summary>
    public required string OwnerId { get; init; }

    /// <summary>One of <see cref="SessionMode"/>.</summary>
    public required string Mode { get; init; }
    public required string Profile { get; init; }

    /// <summary>What a terminal runs, a JSON array; null for a chat.</summary>
    public string? Command { get; init; }

    /// <summary>One of <see cref="SessionState"/>.</summary>
    public string State { get; init; } = SessionState.Queued;

    /// <summary>One of <see cref="SessionEnd"/> once it has ended, else null.</summary>
    public string? EndReason { get; init; }

    /// <summary>What went wrong, for its owner; null when nothing did.</summary>
    public string? Error { get; init; }
    public string? ConversationId { get; init; }

    /// <summary>The agent's own name for its history, by which another process goes on with it.</summary>
    public string? ThreadId { get; init; }

    /// <summary>Whose request it was, with <see cref="PrincipalKey"/>: the same again is the same session.</summary>
    public required string RequestId { get; init; }
    public required string PrincipalKey { get; init; }

    /// <summary>The API token that asked for it, or null. Its rights are read again at each step, as the account's are.</summary>
    public string? TokenId { get; init; }
    public string? AuthSessionId { get; init; }

    /// <summary>What the control agent handed over, a JSON object; null for a session a person started.</summary>
    public string? Capsule { get; init; }
    public string? InitialMessage { get; init; }

    /// <summary><c>none|waiting|sent</c>.</summary>
    public string InitialMessageState { get; init; } = "none";

    /// <summary>The process that runs it, and until when nobody else may.</summary>
    public string? Worker { get; init; }
    public DateTimeOffset? LeaseUntil { get; init; }

    /// <summary>Raised with every claim: of two workers who both believe to have it, one can write.</summary>
    public long Fence { get; init; }

    /// <summary>The account that types into a terminal now.</summary>
    public string? Controller { get; init; }

    /// <summary>Of its newest event; 0 without any.</summary>
    public long LastSeq { get; init; }

    /// <summary>The sequence of the last message of a person that reached the agent.</summary>
    public long DeliveredSeq { get; init; }

    /// <summary>The sequence of the event by which somebody interrupted it last; 0: nobody did.</summary>
    public long Interrupts { get; init; }

    /// <summary>Tokens of the model it may use, input and output together; null: what its owner's day allows.</summary>
    public long? BudgetTokens { get; init; }
    public long InputTokens { get; init; }
    public long OutputTokens { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset QueuedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Its hard end; null while it waits for its turn, unless it was asked for with a deadline.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it ends if nothing happens in it.</summary>
    public DateTimeOffset? IdleAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>When its time on the shelf was over: since then there are no events of it any more.</summary>
    public DateTimeOffset? TranscriptRemovedAt { get; init; }

    public bool HasEnded => State == SessionState.Ended;

    public long UsedTokens => InputTokens + OutputTokens;

    /// <summary>The directory of its workspace, absolute.</summary>
    public string DirectoryIn(IHubSettings settings) => settings.Current.Hub.IsLite ? settings.Paths.LocalWorkspace : Path.Combine(settings.Paths.WorkspacesRoot, WorkspaceId);

    /// <summary>Whether something may still be done in it at this time of the database.</summary>
    public bool IsAliveAt(DateTimeOffset now) => !HasEnded && now < ExpiresAt;
}
