using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;

namespace ControlChat.Core.Mcp;

/// <summary>A tool by its argument record, whose schema is generated and enforced.</summary>
internal abstract class WorkspaceTool<TArguments>(string name, string scope, string description, string? sameAs = null) : IWorkspaceTool
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    public WorkspaceToolDefinition Definition { get; } = new(name, scope, description, ArgumentSchema.Of<TArguments>()) { Tool = sameAs ?? name };

    public Task<JsonObject> CallAsync(WorkspaceRequest request, JsonElement arguments, CancellationToken cancellationToken)
    {
        var given = Read(arguments);
        SchemaCheck.Check(Definition.InputSchema, given);
        return RunAsync(request, ArgumentSchema.Bind<TArguments>(given), cancellationToken);
    }

    protected abstract Task<JsonObject> RunAsync(WorkspaceRequest request, TArguments arguments, CancellationToken cancellationToken);

    private static JsonObject Read(JsonElement arguments)
    {
        try
        {
            return arguments.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? []
                : JsonNode.Parse(arguments.GetRawText(), documentOptions: Strict) as JsonObject ?? throw ToolRefusedException.Invalid("The arguments must be an object.");
        }
        catch (JsonException e)
        {
            throw ToolRefusedException.Invalid($"The arguments cannot be read: {e.Message.Split(" LineNumber:")[0]}");
        }
    }
}
