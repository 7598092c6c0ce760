using System.Text.Json;

namespace ControlChat.Core.Sessions.Relay;

/// <summary>
/// The tools an agent offers to the model: those that the agent runs itself, inside its namespace. A tool that the provider would run
/// (search, files, code, computers, MCP servers, pictures) acts with the hub's key, outside of any namespace.
/// </summary>
internal static class AgentTools
{
    private const int MostDeep = 4;

    // What Codex offers unless it is told not to: left out, and the session goes on.
    private static readonly string[] LeftOut = ["web_search", "web_search_preview", "image_generation"];

    /// <summary>Null when every tool is one that the agent runs, or is left out by <see cref="Write"/>.</summary>
    public static string? Fault(JsonElement tools) => ListFault(tools, 1);

    /// <summary>A choice names one tool, a list of them, or a mode.</summary>
    public static string? ChoiceFault(JsonElement choice)
    {
        if (choice.ValueKind is JsonValueKind.String or JsonValueKind.Null) return null;
        if (choice.ValueKind != JsonValueKind.Object) return "'tool_choice' must be a text or an object.";
        if (TypeOf(choice) is not ("function" or "custom" or "allowed_tools")) return "'tool_choice' names a tool that is not open to agents.";
        if (!choice.TryGetProperty("tools", out var allowed)) return null;
        return allowed.ValueKind == JsonValueKind.Array && allowed.EnumerateArray().All(static t => TypeOf(t) is "function" or "custom") ? null : "'tool_choice' names a tool that is not open to agents.";
    }

    /// <summary>The member <c>tools</c> without what is left out.</summary>
    public static void Write(Utf8JsonWriter writer, JsonElement tools)
    {
        if (tools.ValueKind != JsonValueKind.Array) return;
        writer.WriteStartArray("tools");
        foreach (var tool in tools.EnumerateArray().Where(static t => !LeftOut.Contains(TypeOf(t)))) AgentModelRequest.Copy(writer, tool);
        writer.WriteEndArray();
    }

    private static string? ListFault(JsonElement tools, int depth)
    {
        if (tools.ValueKind == JsonValueKind.Null) return null;
        if (tools.ValueKind != JsonValueKind.Array || depth > MostDeep) return "'tools' must be a list of tools.";
        return tools.EnumerateArray().Select(t => ToolFault(t, depth)).FirstOrDefault(f => f is not null);
    }

    private static string? ToolFault(JsonElement tool, int depth) => TypeOf(tool) switch
    {
        "function" or "custom" or "local_shell" => null,
        "namespace" => tool.TryGetProperty("tools", out var inner) ? ListFault(inner, depth + 1) : null,
        "tool_search" => tool.TryGetProperty("execution", out var where) && where.ValueKind == JsonValueKind.String && where.ValueEquals("client"u8) ? null : Closed("tool_search"),
        { } type when depth == 1 && LeftOut.Contains(type) => null,
        { } type => Closed(type),
        null => "'tools' holds something without a type.",
    };

    private static string Closed(string type) => $"Tools of the type '{(type.Length <= 60 ? type : type[..60] + "…")}' run at the model's provider with the hub's key, and are not open to agents.";

    private static string? TypeOf(JsonElement tool) =>
        tool.ValueKind == JsonValueKind.Object && tool.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String ? type.GetString() : null;
}
