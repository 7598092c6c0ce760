using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ControlChat.Core.Conversations;

/// <summary>A thread of one owner. Shape: contracts, section 5.</summary>
public sealed record Conversation
{
    public required string Id { get; init; }
    public required string Title { get; init; }
    public required bool Archived { get; init; }
    public required string OwnerId { get; init; }

    /// <summary>Something in it is untrusted, so its next run is tainted.</summary>
    public required bool Tainted { get; init; }
    public required long LastSeq { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the newest message came.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>A conversation with its newest messages and their runs.</summary>
/// <param name="Messages">At most 200, rising by seq.</param>
/// <param name="Runs">The runs these messages belong to and those still open, in order.</param>
public sealed record ConversationView(Conversation Conversation, IReadOnlyList<Message> Messages, IReadOnlyList<Run> Runs);

public sealed record Message
{
    public required string Id { get; init; }
    public required long Seq { get; init; }
    public required string? RunId { get; init; }

    /// <summary><c>user|assistant|system</c>.</summary>
    public required string Role { get; init; }
    public required string Text { get; init; }
    public required MessageAuthor Author { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>Not typed in the UI by the owner, or said by a tainted run.</summary>
    public bool Tainted { get; init; }

    /// <summary>What answered, such as a model's name or "offline planner"; null for people.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Model { get; init; }

    /// <summary>What the page had selected, as quoted data; null when nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonObject? Context { get; init; }
}

/// <param name="AccountId">Null for the assistant and the system.</param>
/// <param name="Via"><c>ui|rest</c> for a user, <c>ask</c> for the assistant, <c>workspace_agent</c> for what the agent of a handoff came to, <c>system</c>.</param>
public sealed record MessageAuthor(string? AccountId, string Via);

/// <summary>The work on one message. Shape: contracts, section 5.</summary>
public sealed record Run
{
    public required string Id { get; init; }
    public required string ConversationId { get; init; }

    /// <summary>The user message that started it.</summary>
    public required string MessageId { get; init; }

    /// <summary><c>queued|running|waiting|completed|failed|cancelled</c>.</summary>
    public required string Status { get; init; }
    public required DateTimeOffset? StartedAt { get; init; }
    public required DateTimeOffset? EndedAt { get; init; }
    public required int Turns { get; init; }
    public required Usage Usage { get; init; }
    public required EventError? Error { get; init; }
    public bool Tainted { get; init; }

    [JsonIgnore]
    public bool IsOpen => Status is "queued" or "running" or "waiting";
}

public sealed record Usage(long InputTokens, long OutputTokens);

/// <param name="Message">The fact, then what to do next.</param>
/// <param name="Ref">Leads to the log.</param>
public sealed record EventError(string Code, string Message, string? Ref);

/// <summary>One row of the event log.</summary>
/// <param name="Seq">Within the conversation, from 1, without gaps.</param>
/// <param name="Data">JSON text of the type's data; contracts, section 5.</param>
public sealed record StoredEvent(long Seq, string? RunId, string Type, string Data, DateTimeOffset At);
