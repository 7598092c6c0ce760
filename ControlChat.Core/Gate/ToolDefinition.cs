using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>What is told about a tool to models and clients, and hashed into every plan.</summary>
/// <param name="Name">Dotted, such as <c>workspace.rename</c>; on a model's wire the dot is an underscore.</param>
/// <param name="Scope">The least its effects can be; a plan's scope comes from its effects.</param>
/// <param name="Description">Written for the model: what it does, when to use it, what to try next when it refuses.</param>
/// <param name="InputSchema">Generated from the argument record; unknown fields are refused.</param>
public sealed record ToolDefinition(string Name, ToolScope Scope, string Description, JsonElement InputSchema)
{
    /// <summary>Raised when the meaning changes though the schema does not.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Offered on a full hub.</summary>
    public bool Full { get; init; } = true;

    /// <summary>Offered on a lite hub.</summary>
    public bool Lite { get; init; } = true;

    /// <summary>An action of a page or a route of its own, such as starting an agent: no model is offered it, no list shows it, and nobody calls it by its name.</summary>
    public bool IsCommand { get; init; }

    /// <summary>Offered only where <c>Hosts:Driver</c> can start a host.</summary>
    public bool NeedsHosts { get; init; }

    /// <summary>Lower-case hex SHA-256 over the canonical JSON of name, scope, input_schema and version.</summary>
    public string Hash => _hash ??= CanonicalJson.Hash(new JsonObject
    {
        ["name"] = Name,
        ["scope"] = Scope.Wire(),
        ["input_schema"] = JsonNode.Parse(InputSchema.GetRawText()),
        ["version"] = Version,
    });

    private string? _hash;
}

public static class ToolScopes
{
    /// <summary>The wire form: <c>read|write|billing|destructive</c>.</summary>
    public static string Wire(this ToolScope scope) => scope switch
    {
        ToolScope.Read => "read",
        ToolScope.Write => "write",
        ToolScope.Billing => "billing",
        ToolScope.Destructive => "destructive",
        _ => throw new ArgumentOutOfRangeException(nameof(scope)),
    };
}
