using System.Text.Json.Nodes;

namespace ControlChat.Core.Gate;

/// <summary>A read tool over a typed argument record, whose JSON schema is generated and enforced.</summary>
public abstract class ReadTool<TArguments> : IReadTool where TArguments : class
{
    public abstract ToolDefinition Definition { get; }

    public Task<ReadResult> ReadAsync(PlanningContext context, JsonObject arguments, CancellationToken cancellationToken) =>
        ReadAsync(context, ArgumentSchema.Bind<TArguments>(arguments), cancellationToken);

    protected abstract Task<ReadResult> ReadAsync(PlanningContext context, TArguments arguments, CancellationToken cancellationToken);

    /// <summary>The definition of this tool with the schema of <typeparamref name="TArguments"/>.</summary>
    protected static ToolDefinition Define(string name, string description) =>
        new(name, ToolScope.Read, description, ArgumentSchema.Of<TArguments>());
}

/// <summary>A write tool over a typed argument record.</summary>
public abstract class WriteTool<TArguments> : IWriteTool where TArguments : class
{
    public abstract ToolDefinition Definition { get; }

    public Task<PlanDraft> PlanAsync(PlanningContext context, JsonObject arguments, CancellationToken cancellationToken) =>
        PlanAsync(context, ArgumentSchema.Bind<TArguments>(arguments), cancellationToken);

    public abstract Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken);

    protected abstract Task<PlanDraft> PlanAsync(PlanningContext context, TArguments arguments, CancellationToken cancellationToken);

    /// <summary>The definition of this tool with the schema of <typeparamref name="TArguments"/>.</summary>
    protected static ToolDefinition Define(string name, ToolScope scope, string description) =>
        new(name, scope, description, ArgumentSchema.Of<TArguments>());
}
