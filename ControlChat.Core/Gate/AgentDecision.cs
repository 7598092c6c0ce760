using System.Text.Json.Nodes;

namespace ControlChat.Core.Gate;

/// <summary>What became of an agent's approval, for the worker that tells the agent.</summary>
public abstract record AgentDecision
{
    private AgentDecision()
    {
    }

    public sealed record Pending : AgentDecision;

    /// <summary>Once, for this one act.</summary>
    /// <param name="Content">What a person filled in for a question, checked against its schema; else null. It may be a secret: no log, no event.</param>
    public sealed record Accepted(JsonObject? Content) : AgentDecision;

    /// <summary>The agent hears no and goes on.</summary>
    /// <param name="Reason">In the person's words, or null.</param>
    public sealed record Declined(string? Reason) : AgentDecision;

    /// <param name="ByPerson">True: a person answered with no and ends the turn. False: it was withdrawn, because the turn or the session had ended.</param>
    public sealed record Cancelled(bool ByPerson) : AgentDecision;

    /// <summary>Nobody answered in time; it counts as no.</summary>
    public sealed record Expired : AgentDecision;
}
