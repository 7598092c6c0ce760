using System.Text.Json.Nodes;

namespace ControlChat.Core.Gate;

/// <summary>A control tool: either an <see cref="IReadTool"/> or an <see cref="IWriteTool"/>. Use the base classes <see cref="ReadTool{TArguments}"/> and <see cref="WriteTool{TArguments}"/>.</summary>
public interface IControlTool
{
    ToolDefinition Definition { get; }
}

public interface IReadTool : IControlTool
{
    /// <exception cref="ToolRefusedException">With a message for the model.</exception>
    Task<ReadResult> ReadAsync(PlanningContext context, JsonObject arguments, CancellationToken cancellationToken);
}

public interface IWriteTool : IControlTool
{
    /// <summary>Plans with readers only; the same validation and resolution as applying.</summary>
    /// <exception cref="ToolRefusedException">With a message for the model.</exception>
    Task<PlanDraft> PlanAsync(PlanningContext context, JsonObject arguments, CancellationToken cancellationToken);

    /// <summary>Does exactly what the plan says. The gate has checked the read set in this transaction; what is not in the database is announced to an outbox handler.</summary>
    /// <returns>The <c>result</c> of the outcome.</returns>
    Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken);
}

/// <summary>
/// A write whose work lies outside of the hub and has an answer that the asker waits for. Applying it only orders the work; after the commit the gate has
/// it carried out, once, and what it comes to is the outcome. It stands alone: never in a batch, never without a person's approval.
/// </summary>
public interface IOutsideTool : IWriteTool
{
    /// <summary>Carries an ordered action out, or finds that it was; its end is written down with <see cref="OutsideAnswers"/>. Nobody's leaving stops it.</summary>
    Task CarryOutAsync(string actionId);
}

/// <param name="Value">The <c>result</c> of the outcome.</param>
/// <param name="Untrusted">True when it holds text that the run's own person did not type in the UI; it taints the run.</param>
public sealed record ReadResult(JsonObject Value, bool Untrusted)
{
    /// <summary>Set by a tool that waits for somebody: the result is what this answers, after the reader has been given back.</summary>
    public Func<CancellationToken, Task<ReadResult>>? Awaited { get; init; }

    public static ReadResult After(Func<CancellationToken, Task<ReadResult>> awaited) => new([], Untrusted: false) { Awaited = awaited };
}

/// <summary>The part of a plan that is applied: of a whole plan or of one step of a batch.</summary>
public sealed record AppliedPlan(string Tool, JsonObject Arguments, IReadOnlyList<Effect> Effects);

/// <summary>Tools that are not the hub's own, so that they come and go while it runs.</summary>
public interface IToolSource
{
    /// <summary>Those that can be called now. The same list as long as nothing changed.</summary>
    IReadOnlyList<IControlTool> Offered { get; }

    /// <summary>One by its name, also one that cannot be called now: what was planned with it is still looked after. Null for an unknown name.</summary>
    IControlTool? Find(string name);
}

/// <summary>Which tools there are. The hub decides, never the model.</summary>
public interface IToolCatalog
{
    /// <summary>The tools this hub has now. The same list as long as nothing changed.</summary>
    IReadOnlyList<IControlTool> Offered { get; }

    /// <summary>Any known tool by name, offered or not; null for an unknown name.</summary>
    IControlTool? Find(string name);

    bool IsOffered(IControlTool tool);
}
