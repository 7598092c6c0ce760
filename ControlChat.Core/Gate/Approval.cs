using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ControlChat.Core.Gate;

/// <summary>A decision that waits for a person, or was made. Shape: contracts, section 4.</summary>
public sealed record Approval
{
    public required string Id { get; init; }

    /// <summary>One of <see cref="ApprovalKinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>pending|consumed|declined|expired|superseded|cancelled</c>.</summary>
    public required string Status { get; init; }
    public Plan? Plan { get; init; }

    /// <summary>What a workspace agent asks for (<see cref="AgentSubject"/>); null for a plan.</summary>
    public JsonObject? Subject { get; init; }

    /// <summary>What a person answered an agent: <c>accept|decline|cancel</c>; null before that, and for a plan.</summary>
    public string? Answer { get; init; }
    public required Requester RequestedBy { get; init; }
    public string? ConversationId { get; init; }
    public string? RunId { get; init; }
    public string? SessionId { get; init; }

    /// <summary>Where the agent works; null for a plan.</summary>
    public string? WorkspaceId { get; init; }
    public required string Decision { get; init; }

    /// <summary>Whether the one who asks for this view may decide it.</summary>
    public bool MayDecide { get; init; }

    /// <summary>Why the one who asks for this view is no second person for it; null: they are one, or none is asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? WhyNot { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public string? DecidedBy { get; init; }
    public DateTimeOffset? DecidedAt { get; init; }
    public string? Reason { get; init; }

    /// <summary>What the decision led to, without any token; null while pending.</summary>
    public Outcome? Outcome { get; init; }

    /// <summary>The fresh approval that took this one's place, when superseded or asked for anew; that of its rest, when a batch stopped.</summary>
    public string? SupersededBy { get; init; }

    /// <summary>When it was reminded of, because three quarters of its time were over; null before that.</summary>
    [JsonIgnore]
    public DateTimeOffset? RemindedAt { get; init; }

    /// <summary>Of what is decided: the plan's, or the subject's.</summary>
    [JsonIgnore]
    public string Hash { get; init; } = "";
}

/// <param name="Via">The door it was asked through.</param>
public sealed record Requester(string AccountId, string Name, string Via, string? TokenName);
