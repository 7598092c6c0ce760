using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Mcp.Servers;

/// <summary>A tool of an outside server, as a control tool of the hub.</summary>
internal abstract class ServerTool(ServerToolDefinition pinned, long version, ToolScope scope) : IControlTool
{
    /// <summary>What the names of all such tools begin with.</summary>
    public const string Prefix = "mcp.";

    /// <summary>The kind of resource a pinned definition is: <c>mcp_tool/{server}.{tool}</c>.</summary>
    public const string Resource = "mcp_tool";

    /// <summary>Characters of a full name; no provider of models takes longer ones.</summary>
    public const int MostName = 64;

    public ServerToolDefinition Pinned => pinned;

    public ToolDefinition Definition { get; } = new(pinned.FullName, scope, pinned.Description, pinned.Schema) { Version = (int)version };

    public static string NameOf(string server, string tool) => $"{Prefix}{server}.{tool}";

    /// <summary>What the database says of it now: other nodes and admins write there too.</summary>
    /// <exception cref="ToolRefusedException">The server says something else of the tool than what is pinned.</exception>
    protected async Task<PinRow> RequirePinAsync(IHubReader reader, CancellationToken cancellationToken)
    {
        var pin = await ServerToolPins.FindAsync(reader, pinned.Server, pinned.Name, cancellationToken) ?? throw new ToolRefusedException("not_found", "unknown_tool", "There is no such tool any more.");
        if (pin.ChangedHash is not null || pin.Hash != pinned.Hash) throw Changed();
        return pin;
    }

    public static ToolRefusedException Changed() =>
        new("conflict", "definition_changed", "The server describes this tool otherwise than when it was pinned, so it is not called. An admin can look at the difference and accept it under Settings, Tool servers.");
}

/// <summary>One that the operator listed as reading: it is called at once, and every call stands on the record.</summary>
internal sealed class ServerReadTool(ServerToolDefinition pinned, long version, ServerCaller caller, IAuditTrail audit) : ServerTool(pinned, version, ToolScope.Read), IReadTool
{
    public async Task<ReadResult> ReadAsync(PlanningContext context, JsonObject arguments, CancellationToken cancellationToken)
    {
        if (arguments.ToJsonString().Length > ServerLimits.MostUnasked)
            throw new ToolRefusedException("invalid", "too_long", $"Arguments of a call that nobody is asked about have at most {ServerLimits.MostUnasked:N0} characters, so that all of them stand on the record.");
        await RequirePinAsync(context.Reader, cancellationToken);
        var actor = new AuditActor(context.Principal.AccountId, context.Principal.TokenId, context.Principal.AuthSessionId, context.Origin.Via);
        var data = new JsonObject { ["arguments"] = RecordedArguments.Of(Definition.Name, JsonSerializer.SerializeToElement(arguments)), ["definition_hash"] = Pinned.Hash };
        return ReadResult.After(waiting => CallAsync(context.Origin, actor, arguments, data, waiting));
    }

    // Two rows, as of every call that leaves the hub: what is sent, before it is, and what came of it.
    private async Task<ReadResult> CallAsync(CallOrigin origin, AuditActor actor, JsonObject arguments, JsonObject data, CancellationToken cancellationToken)
    {
        await RecordAsync(origin, actor, "ordered", data);
        try
        {
            var result = await caller.CallAsync(Pinned, arguments, sending: null, cancellationToken);
            await RecordAsync(origin, actor, result.IsError ? "failed" : "completed", []);
            if (result.IsError) result.Value["is_error"] = true;
            return new ReadResult(result.Value, Untrusted: true);
        }
        catch (Exception e) when (e is ServerFaultException or OperationCanceledException or ToolRefusedException)
        {
            await RecordAsync(origin, actor, e is OperationCanceledException ? "cancelled" : "failed", e is OperationCanceledException ? [] : new JsonObject { ["error"] = e.Message });
            if (e is not ServerFaultException) throw;
            throw new ToolRefusedException("failed", "server_unavailable", e.Message + " Nothing came back; ask again later.");
        }
    }

    private Task<long> RecordAsync(CallOrigin origin, AuditActor actor, string outcome, JsonObject data) => audit.AppendAsync(
        new AuditEntry(OutsideAnswers.Event, outcome, actor) { Tool = Definition.Name, RunId = origin.RunId, ConversationId = origin.ConversationId, TraceId = origin.TraceId, Data = data }, CancellationToken.None);
}

/// <summary>Any other: what it does is not known to the hub, so each call waits for a person, who sees all of its arguments.</summary>
internal sealed class ServerWriteTool(ServerToolDefinition pinned, long version, ServerCalls calls) : ServerTool(pinned, version, ToolScope.Destructive), IOutsideTool
{
    public async Task<PlanDraft> PlanAsync(PlanningContext context, JsonObject arguments, CancellationToken cancellationToken)
    {
        if (arguments.ToJsonString().Length > ServerLimits.MostArguments)
            throw new ToolRefusedException("invalid", "too_long", $"The arguments have more than {ServerLimits.MostArguments:N0} characters.");
        var pin = await RequirePinAsync(context.Reader, cancellationToken);
        var resource = $"{Resource}/{Pinned.Server}.{Pinned.Name}";
        return new PlanDraft(
            arguments.DeepClone().AsObject(), $"Call {Pinned.Name} of the outside server '{Pinned.Server}'", [new Effect("external", resource, null, null, "called once")],
            [new ReadVersion(resource, pin.Version)], ToolScope.Destructive)
        {
            Asks = true,
            Untrusted = true,
            Warnings = ["It is done outside of the hub, which cannot know what it does there. There is no undo for it."],
        };
    }

    public async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        await ServerCallStore.OrderAsync(context.Transaction, context.ActionId, Pinned, plan.Arguments, cancellationToken);
        await context.Transaction.AnnounceAsync(ServerCalls.Order, context.ActionId, cancellationToken);
        return new JsonObject { ["state"] = "ordered" };
    }

    public Task CarryOutAsync(string actionId) => calls.CarryOutAsync(actionId);
}
