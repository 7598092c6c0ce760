using System.Text.Json.Nodes;

namespace ControlChat.Core.Gate.Trail;

/// <param name="Resource">As the record names it.</param>
/// <param name="Items">Newest first.</param>
/// <param name="NextCursor">For older ones; null when there are none.</param>
/// <param name="Begins">The first row that was looked at; 1 when the whole record was. Older rows come in while the hub works.</param>
/// <param name="Waiting">New rows that were not looked at yet; 0 but for moments.</param>
public sealed record ResourceTrail(string Resource, string? Field, IReadOnlyList<TrailEntry> Items, string? NextCursor, long Begins, long Waiting);

/// <summary>One change of one field, with all that led to it. Values, names, titles and texts are what people and models wrote: untrusted text.</summary>
public sealed record TrailEntry
{
    /// <summary>The row of the record.</summary>
    public required long Seq { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string Resource { get; init; }

    /// <summary>Whose membership or setting it is; null elsewhere.</summary>
    public required TrailPerson? About { get; init; }

    /// <summary><c>create|update|delete|external</c>.</summary>
    public required string Op { get; init; }

    /// <summary>Null where the thing as a whole was made, removed or used.</summary>
    public required string? Field { get; init; }
    public required JsonNode? Before { get; init; }
    public required JsonNode? After { get; init; }
    public required string? Tool { get; init; }
    public required TrailActor Actor { get; init; }

    /// <summary>Who approved; null when nobody was asked.</summary>
    public required TrailPerson? Approver { get; init; }

    /// <summary>The plan's one sentence. Null for whoever may not see the row itself: a plan of many steps names other things too.</summary>
    public required string? Summary { get; init; }
    public required string? ActionId { get; init; }
    public required string? PlanId { get; init; }
    public required string? ApprovalId { get; init; }
    public required string? ConversationId { get; init; }

    /// <summary>The message that led to it. Null for everybody but the conversation's owner.</summary>
    public required TrailMessage? Message { get; init; }

    /// <summary>The batch it is a step of, or null.</summary>
    public required TrailBatch? Batch { get; init; }

    /// <summary>What became of what was only ordered; null when the change was done with the row.</summary>
    public required TrailEnd? End { get; init; }
    public required TrailUndo Undo { get; init; }
    public required TrailEvidence Evidence { get; init; }
}

/// <param name="Via"><c>ask|ui|rest|mcp|cli|workspace_agent|system</c>.</param>
/// <param name="OnBehalf">The person it was done for by an agent, a token or the hub; null when they did it by hand.</param>
/// <param name="Agent">The agent that asked: <c>control-agent</c>, <c>mcp</c>, <c>workspace_agent</c>; null for a person's own call.</param>
/// <param name="TokenId">The API token; null for a browser, and for whoever may not see the row.</param>
/// <param name="RunId">The agent's run; null for none, and for whoever may not see the row.</param>
public sealed record TrailActor(TrailPerson? Person, string Via, TrailPerson? OnBehalf, string? Agent, string? TokenId, string? RunId);

/// <param name="Name">The account's name; its id when the account is gone.</param>
public sealed record TrailPerson(string AccountId, string Name);

/// <param name="Seq">Its place in the conversation.</param>
/// <param name="Excerpt">Its beginning, on one line.</param>
public sealed record TrailMessage(string Id, long Seq, string ConversationTitle, string Excerpt);

/// <param name="Step">From 0.</param>
/// <param name="Outcome">Of the whole batch; null while it runs, and for whoever may not see the row.</param>
public sealed record TrailBatch(int Step, string? Id, string? Outcome);

/// <param name="Outcome"><c>completed|failed|cancelled</c>.</param>
/// <param name="Error">Why it did not come about, or null.</param>
public sealed record TrailEnd(long Seq, DateTimeOffset At, string Outcome, string? Error);

/// <param name="Available">Whether undo can be asked for now.</param>
/// <param name="WhyNot">A sentence when it cannot.</param>
/// <param name="Moved">What changed since, where that is why.</param>
public sealed record TrailUndo(bool Available, string? WhyNot, IReadOnlyList<TrailMove> Moved);

/// <summary>The last change of something since.</summary>
/// <param name="By">Whose change; null for the hub's own.</param>
public sealed record TrailMove(string Resource, string? Field, long Seq, DateTimeOffset At, TrailPerson? By);

/// <summary>The row itself, which is the evidence.</summary>
/// <param name="Hash">Its place in the chain.</param>
/// <param name="Intact">Its text still has this hash.</param>
/// <param name="Covered">A signed checkpoint covers it.</param>
public sealed record TrailEvidence(string Hash, bool Intact, bool Covered);
