using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>Where a call comes from; fixed by the door, never by the caller's arguments.</summary>
/// <param name="Via"><c>ask|ui|rest|mcp|cli</c>.</param>
/// <param name="ConversationId">The conversation of the run, or null.</param>
/// <param name="RunId">The run, or null.</param>
/// <param name="CallId">The model's call id within the run, or null.</param>
/// <param name="Tainted">The run has untrusted text in its model input (design, invariant 7).</param>
/// <param name="TraceId">For logs and the record.</param>
public sealed record CallOrigin(string Via, string? ConversationId = null, string? RunId = null, string? CallId = null, bool Tainted = false, string? TraceId = null)
{
    /// <summary>With which claim its worker holds the run: once that is lost, nothing of it is done any more. Null where no worker asks.</summary>
    [JsonIgnore]
    public long? Fence { get; init; }

    /// <summary>Where on the screen a person's own call was made, as <c>dock</c> for the chat beside a page; null where that means nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Place { get; init; }

    /// <summary>The agent that asked, by the name a freeze stops it by: <c>control-agent</c> in a conversation, <c>mcp</c>, <c>workspace_agent</c>; null for a person's own call.</summary>
    [JsonIgnore]
    public string? Agent => Via switch
    {
        "ask" => Topics.ControlAgent,
        "mcp" or "workspace_agent" => Via,
        _ => null,
    };

    /// <summary>The names that a freeze of scope <c>agent</c> takes.</summary>
    public static IReadOnlyList<string> Agents { get; } = [Topics.ControlAgent, "mcp", "workspace_agent"];
}

/// <summary>What planning may use: readers, by type. There is no way to write from here.</summary>
/// <param name="recheck">See <see cref="Recheck"/>.</param>
public sealed class PlanningContext(IHubReader reader, Principal principal, CallOrigin origin, IToolPlanner planner, IReadOnlyList<Effect> earlier, bool recheck = false)
{
    public IHubReader Reader { get; } = reader;

    /// <summary>Reloaded rights, not those of the request.</summary>
    public Principal Principal { get; } = principal;

    public CallOrigin Origin { get; } = origin;

    /// <summary>Plans other tools: for <c>undo</c> and <c>plan.batch</c> only.</summary>
    public IToolPlanner Planner { get; } = planner;

    /// <summary>
    /// The effects of the earlier steps of the batch being planned, in order; empty otherwise.
    /// What a tool reads of a resource must be seen through these.
    /// </summary>
    public IReadOnlyList<Effect> Earlier { get; } = earlier;

    /// <summary>
    /// A plan that was shown is only looked at once more, for rights and policy; what comes of it is thrown away.
    /// What lies outside of the database is not asked again.
    /// </summary>
    public bool Recheck { get; } = recheck;

    /// <summary>Whoever writes waits for this plan, so it must not wait for anything outside of the database.</summary>
    public bool HoldsWriter => Reader is IHubTransaction;

    public DateTimeOffset Now => Reader.Now;
}

/// <summary>What applying may use: the one transaction that also holds approval, idempotency and audit.</summary>
/// <param name="Transaction">Never committed or rolled back by a tool.</param>
/// <param name="Principal">For whom it is done: the asking principal, reloaded.</param>
/// <param name="Origin">Where the call came from.</param>
/// <param name="ActionId">The id of this action; outbox handlers are idempotent by it.</param>
/// <param name="Catalog">For <c>undo</c>, which applies another tool.</param>
public sealed record ApplyContext(IHubTransaction Transaction, Principal Principal, CallOrigin Origin, string ActionId, IToolCatalog Catalog)
{
    /// <summary>True when the text in the arguments was typed by the person, by hand, in the UI, or by a clean run of theirs.</summary>
    public bool Trusted => !Origin.Tainted && !Principal.IsToken && Origin.Via is "ask" or "ui";

    public DateTimeOffset Now => Transaction.Now;
}

/// <summary>Plans a call of another tool through the same validation, rights and readers.</summary>
public interface IToolPlanner
{
    /// <returns>The tool, its canonical arguments and its draft.</returns>
    /// <exception cref="ToolRefusedException">The tool is unknown, not offered, not a write, or refuses.</exception>
    Task<PlannedCall> PlanAsync(PlanningContext context, string tool, JsonObject arguments, CancellationToken cancellationToken);
}

public sealed record PlannedCall(IWriteTool Tool, PlanDraft Draft)
{
    /// <summary>By what the gate decides on it; null while another tool is still planning with it.</summary>
    internal PolicyBasis? Basis { get; init; }
}

/// <summary>The present version of a resource of one kind, for read sets and undo. One per kind of resource.</summary>
public interface IResourceVersions
{
    /// <summary>The part before the slash of <c>kind/id</c>.</summary>
    string Kind { get; }

    /// <summary>0 when there is no such resource.</summary>
    Task<long> VersionAsync(IHubReader reader, string id, CancellationToken cancellationToken);
}
