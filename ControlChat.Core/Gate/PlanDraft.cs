using System.Text.Json.Nodes;

namespace ControlChat.Core.Gate;

/// <summary>What a tool plans; the gate adds id, hash, policy and taint.</summary>
/// <param name="Arguments">Canonical: every name resolved, every default filled in.</param>
/// <param name="Summary">One sentence in the imperative, such as "Rename 'a' to 'b'".</param>
/// <param name="Effects">In order. None: the plan succeeds at once and asks nobody.</param>
/// <param name="ReadSet">Every resource whose version the effects depend on.</param>
/// <param name="Scope">The highest of the effects.</param>
public sealed record PlanDraft(
    JsonObject Arguments, string Summary, IReadOnlyList<Effect> Effects, IReadOnlyList<ReadVersion> ReadSet, ToolScope Scope)
{
    public bool Access { get; init; }

    /// <summary>A person is asked whatever the scope: what is done lies outside of what the hub can know.</summary>
    public bool Asks { get; init; }
    public Cost? Cost { get; init; }

    /// <summary>The call that plans the way back, or null when there is none.</summary>
    public Compensation? Compensation { get; init; }

    /// <summary>False demands <see cref="TypedConfirmation"/>.</summary>
    public bool Reversible { get; init; } = true;

    /// <summary>What a person must type, usually the name of the one target; required when not <see cref="Reversible"/>.</summary>
    public string? TypedConfirmation { get; init; }
    public IReadOnlyList<PlanStep>? Steps { get; init; }
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Summary, effects or result hold text that the asking person did not type in the UI, such as a title that stood there before.</summary>
    public bool Untrusted { get; init; }

    /// <summary>The tools whose work this is, when another one plans it: the way back behind an <c>undo</c>. Policy and freezes of these hold too.</summary>
    public IReadOnlyList<PlanPart> Through { get; init; } = [];

    /// <summary>The result when there is nothing to do; what a tool would answer after applying.</summary>
    public JsonObject Unchanged { get; init; } = [];
}

/// <summary>What the policy looks at of a plan, of one of its steps, or of the tool behind it.</summary>
/// <param name="Arguments">Canonical.</param>
public sealed record PlanPart(string Tool, ToolScope Scope, JsonObject Arguments);
