using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>What every call passes before anything is looked up for it: form, tool, rights, arguments.</summary>
internal sealed class CallGuard(IToolCatalog catalog, IPrincipals principals)
{
    private const int RequestIdLeast = 8;
    private const int RequestIdMost = 128;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <exception cref="ToolRefusedException">With the status the caller gets.</exception>
    public async Task<GuardedCall> CheckAsync(IHubReader reader, Principal principal, ToolCall call, CancellationToken cancellationToken)
    {
        CheckRequestId(call.RequestId);
        var present = await principals.ReloadAsync(reader, principal, cancellationToken)
            ?? throw ToolRefusedException.Denied("This sign-in or token is not valid any more. Sign in again.");
        var tool = catalog.Find(call.Tool) is { } found && found.Definition.IsCommand == call.IsCommand ? found
            : throw new ToolRefusedException("not_found", "unknown_tool", $"There is no tool '{(call.Tool.Length <= 60 ? call.Tool : call.Tool[..60] + "…")}'.");
        if (!catalog.IsOffered(tool))
            throw new ToolRefusedException("not_supported", "not_supported", $"{tool.Definition.Name} is not available on this kind of hub.");
        var needed = tool is IReadTool ? TokenScopes.Read : TokenScopes.Write;
        if (!present.Scopes.HasFlag(needed))
            throw new ToolRefusedException("denied", "scope_missing", $"This token lacks the scope '{needed.ToString().ToLowerInvariant()}' that {tool.Definition.Name} needs.");
        var arguments = Read(call.Arguments);
        SchemaCheck.Check(tool.Definition.InputSchema, arguments);
        return new GuardedCall(tool, arguments, present);
    }

    public static void CheckRequestId(string? id)
    {
        if (id is null || id.Length is < RequestIdLeast or > RequestIdMost || !id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or ':' or '-'))
            throw ToolRefusedException.Invalid($"request_id must be {RequestIdLeast} to {RequestIdMost} characters of A-Z a-z 0-9 _ . : -");
    }

    private static JsonObject Read(JsonElement arguments)
    {
        if (arguments.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) return [];
        if (arguments.ValueKind != JsonValueKind.Object) throw ToolRefusedException.Invalid("The arguments must be a JSON object.");
        try
        {
            return JsonNode.Parse(arguments.GetRawText(), documentOptions: Strict)!.AsObject();
        }
        catch (JsonException)
        {
            throw ToolRefusedException.Invalid("The arguments name a field twice or are nested too deeply.");
        }
    }
}

/// <param name="Tool">Known and offered.</param>
/// <param name="Arguments">Checked against its schema.</param>
/// <param name="Principal">With its present rights.</param>
internal sealed record GuardedCall(IControlTool Tool, JsonObject Arguments, Principal Principal);
