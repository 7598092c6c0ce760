using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ControlChat.Core.Gate;

/// <summary>The one answer of every face; shape and HTTP statuses: contracts, section 3.</summary>
public sealed record Outcome
{
    public required string? RequestId { get; init; }

    /// <summary>Set exactly when something was applied; <c>undo</c> takes it.</summary>
    public string? ActionId { get; init; }
    public required string Tool { get; init; }
    public required string Status { get; init; }
    public bool DryRun { get; init; }
    public bool Replayed { get; init; }
    public bool RequiresConfirmation { get; init; }
    public Plan? Plan { get; init; }
    public string? ApprovalId { get; init; }
    public string? ApprovalUrl { get; init; }
    public JsonObject? Result { get; init; }
    public UndoOffer Undo { get; init; } = UndoOffer.None;
    public OutcomeError? Error { get; init; }

    /// <summary>The grant that stood for a person's decision; null: none did.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? GrantId { get; init; }

    /// <summary>How many of its <see cref="GrantCount"/> uses were used, with this one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? GrantUsed { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? GrantCount { get; init; }

    /// <summary>Of <c>plan_stale</c>: what changed between the plan asked for and <see cref="Plan"/>, the fresh one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonArray? Difference { get; init; }

    /// <summary>Result, plan or error hold text that taints a run. Stored with the outcome, because decisions reach a run from there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Untrusted { get => field || Plan is { Untrusted: true }; init; }

    /// <summary>The HTTP status of <see cref="Status"/>.</summary>
    [JsonIgnore]
    public int Http => Status switch
    {
        "completed" or "planned" or "partial" => 200,
        "confirmation_required" => 202,
        "denied" => 403,
        "not_found" or "not_supported" => 404,
        "conflict" or "plan_stale" or "in_progress" => 409,
        "expired" => 410,
        "invalid" or "request_id_reused" => 422,
        "frozen" => 423,
        "rate_limited" => 429,
        "unavailable" => 503,
        "cancelled" or "declined" => 200,
        _ => 500,
    };
}

/// <param name="Available">Whether undo can be asked for now.</param>
/// <param name="Until">Until when, or null for no end.</param>
/// <param name="WhyNot">A sentence when it is not available.</param>
public sealed record UndoOffer(bool Available, DateTimeOffset? Until, string? WhyNot)
{
    public static UndoOffer None { get; } = new(false, null, null);
}

/// <param name="Code">Stable, contracts section 3.</param>
/// <param name="Message">For people and models: the fact, then what to try.</param>
/// <param name="Ref">Leads to log and audit when the tool broke.</param>
public sealed record OutcomeError(string Code, string Message, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Ref = null);
