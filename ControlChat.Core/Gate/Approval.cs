using System.Text.Json.Nodes;

namespace ControlChat.Core.Gate;

/// <summary>A decision that waits for a person, or was made. Shape: contracts, section 4.</summary>
public sealed record Approval
{
    public required string Id { get; init; }

    /// <summary><c>plan|agent_command|agent_file_change|agent_tool|agent_question</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>pending|consumed|declined|expired|superseded|cancelled</c>.</summary>
    public required string Status { get; init; }
    public Plan? Plan { get; init; }
    public JsonObject? Subject { get; init; }
    public required Requester RequestedBy { get; init; }
    public string? ConversationId { get; init; }
    public string? RunId { get; init; }
    public string? SessionId { get; init; }
    public required string Decision { get; init; }

    /// <summary>Whether the one who asks for this view may decide it.</summary>
    public bool MayDecide { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public string? DecidedBy { get; init; }
    public DateTimeOffset? DecidedAt { get; init; }
    public string? Reason { get; init; }

    /// <summary>What the decision led to, without any token; null while pending.</summary>
    public Outcome? Outcome { get; init; }

    /// <summary>The fresh approval that took this one's place, when superseded.</summary>
    public string? SupersededBy { get; init; }
}

/// <param name="Via">The door it was asked through.</param>
public sealed record Requester(string AccountId, string Name, string Via, string? TokenName);
