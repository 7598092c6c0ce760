using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlChat.Core.Hub;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace ControlChat.Core.Mcp.Servers;

/// <summary>What a server says of one tool. Everything a model or a person is told of it is in <see cref="Text"/>, and so in the hash.</summary>
/// <param name="Text">Canonical JSON: annotations, description, inputSchema, name, outputSchema, title.</param>
/// <param name="Hash">Lower-case hex SHA-256 of <paramref name="Text"/>.</param>
internal sealed partial record ServerToolDefinition(string Server, string Name, string Text, string Hash)
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };
    private static readonly string[] Told = ["annotations", "description", "inputSchema", "name", "outputSchema", "title"];

    /// <summary>As the hub calls it: <c>mcp.{server}.{tool}</c>.</summary>
    public string FullName => ServerTool.NameOf(Server, Name);

    /// <returns>The definition, or why the tool cannot be offered.</returns>
    public static (ServerToolDefinition? Definition, string? Fault) Read(string server, Tool tool)
    {
        try
        {
            return Parse(server, tool);
        }
        catch (Exception e) when (e is FormatException or JsonException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            // A number without end, half a character, a field that is there twice: whatever cannot be written down in one way only.
            return (null, "Its definition cannot be written down in one way only.");
        }
    }

    private static (ServerToolDefinition? Definition, string? Fault) Parse(string server, Tool tool)
    {
        if (!NamePattern().IsMatch(tool.Name) || ServerTool.NameOf(server, tool.Name).Length > ServerTool.MostName)
            return (null, $"Its name has other characters than letters, digits, '_', '-' and '.', or is longer than {ServerTool.MostName} with the server's.");
        var node = JsonSerializer.SerializeToNode(tool, McpJsonUtilities.DefaultOptions)!.AsObject();
        foreach (var name in node.Select(p => p.Key).Where(k => !Told.Contains(k)).ToList()) node.Remove(name);
        // Read strictly before it is looked at in any other way.
        var text = CanonicalJson.Write(JsonNode.Parse(node.ToJsonString(), documentOptions: Strict));
        if (text.Length > ServerLimits.MostDefinition) return (null, $"Its definition has more than {ServerLimits.MostDefinition:N0} characters.");
        return ServerSchema.FaultOf(tool.InputSchema) is { } fault ? (null, fault) : (new ServerToolDefinition(server, tool.Name, text, CanonicalJson.Hash(text)), null);
    }

    /// <summary>The schema of its arguments, as far as models are told of it and the hub checks it.</summary>
    public JsonElement Schema
    {
        get
        {
            using var document = JsonDocument.Parse(Text);
            return JsonSerializer.SerializeToElement(ServerSchema.Reduced(document.RootElement.GetProperty("inputSchema")));
        }
    }

    /// <summary>What a model is told.</summary>
    public string Description
    {
        get
        {
            var said = JsonNode.Parse(Text)!["description"]?.GetValue<string>() ?? "";
            var plain = new string([.. said.Where(c => !char.IsControl(c) || c == '\n')]);
            return $"A tool of the outside server '{Server}'. {(plain.Length <= ServerLimits.MostDescription ? plain : plain[..ServerLimits.MostDescription] + "…")}";
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\z")]
    private static partial Regex NamePattern();
}
