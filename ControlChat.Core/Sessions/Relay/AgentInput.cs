using System.Text.Json;

namespace ControlChat.Core.Sessions.Relay;

/// <summary>The history an agent sends: its own messages, calls and results, complete in themselves. It may not name what lies at the provider or at an address.</summary>
internal static class AgentInput
{
    // As codex-cli 0.169 writes them, without those of tools that the provider runs.
    private static readonly HashSet<string> Items = new(StringComparer.Ordinal)
    {
        "message", "agent_message", "reasoning", "function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output", "local_shell_call", "local_shell_call_output",
        "tool_search_call", "tool_search_output", "additional_tools", "compaction", "compaction_trigger", "context_compaction", "configuration_update",
    };

    // By any of these the provider opens something that is not in the request. Some servers read names in any letter case.
    private static readonly string[] Elsewhere = ["file_id", "file_url", "container_id", "vector_store_id", "vector_store_ids", "connector_id", "server_url", "video_url"];

    private static readonly string[] Media = ["image_url", "audio_url"];

    public static string? Fault(JsonElement input) => input.ValueKind switch
    {
        JsonValueKind.String => null,
        JsonValueKind.Array when input.GetArrayLength() > AgentModelRequest.MostItems => $"'input' has more than {AgentModelRequest.MostItems} items. Let the agent summarise its history.",
        JsonValueKind.Array => input.EnumerateArray().Select(ItemFault).FirstOrDefault(f => f is not null),
        _ => "'input' must be a text or a list.",
    };

    /// <summary>
    /// As it is, except for the tools inside it that the provider would run, and for the names of items: with the hub's key they open what
    /// the provider stored for others. Thinking that is not here in full is nothing without its name.
    /// </summary>
    public static void Write(Utf8JsonWriter writer, JsonElement input)
    {
        if (input.ValueKind != JsonValueKind.Array)
        {
            AgentModelRequest.Copy(writer, input);
            return;
        }
        writer.WriteStartArray();
        foreach (var item in input.EnumerateArray().Where(static i => !IsNameOfThinking(i)))
        {
            if (item.EnumerateObject().Any(static p => IsId(p) || p.NameEquals("tools"u8))) WriteItem(writer, item);
            else AgentModelRequest.Copy(writer, item);
        }
        writer.WriteEndArray();
    }

    private static string? ItemFault(JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object) return "'input' may hold objects only.";
        if (!item.TryGetProperty("type", out var type))
        {
            // With a name alone it would be what the provider stored under it.
            if (!IsMessage(item)) return "'input' holds an item without a type that is no message: 'role' and 'content' are missing.";
        }
        else if (type.ValueKind != JsonValueKind.String || !Items.Contains(type.GetString()!))
            return $"'input' holds an item of a type that is not open to agents: {Shown(type)}.";
        if (HasTools(item, out var tools) && AgentTools.Fault(tools) is { } fault) return fault;
        if (item.EnumerateObject().Any(static p => !p.NameEquals("type"u8) && p.Name.Equals("type", StringComparison.OrdinalIgnoreCase))) return "'type' is written in small letters.";
        return item.EnumerateObject().Where(static p => !p.NameEquals("tools"u8)).Select(static p => MemberFault(p)).FirstOrDefault(f => f is not null);
    }

    private static bool IsMessage(JsonElement item) =>
        item.TryGetProperty("role", out var role) && role.ValueKind == JsonValueKind.String && item.TryGetProperty("content", out var content) && content.ValueKind is JsonValueKind.String or JsonValueKind.Array;

    private static bool IsNameOfThinking(JsonElement item) =>
        item.TryGetProperty("type", out var type) && type.ValueEquals("reasoning"u8) && !(item.TryGetProperty("encrypted_content", out var content) && content.ValueKind == JsonValueKind.String && !content.ValueEquals(""u8));

    private static bool IsId(JsonProperty member) => member.Name.Equals("id", StringComparison.OrdinalIgnoreCase);

    private static string? MemberFault(JsonProperty member)
    {
        var given = member.Value.ValueKind is not JsonValueKind.Null;
        if (given && Elsewhere.Contains(member.Name, StringComparer.OrdinalIgnoreCase)) return $"'{member.Name}' in 'input' names what is not in the request; agents send their content inline.";
        if (given && Media.Contains(member.Name, StringComparer.OrdinalIgnoreCase) && !IsInline(member.Value)) return $"'{member.Name}' in 'input' must be a data: address; the model's provider fetches nothing for agents.";
        // Tools stand in items only; anywhere else the name would hide what this walk must see.
        if (member.Name.Equals("tools", StringComparison.OrdinalIgnoreCase)) return "'tools' stands where no tools are.";
        return ValueFault(member.Value);
    }

    private static string? ValueFault(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Select(static p => MemberFault(p)).FirstOrDefault(f => f is not null),
        JsonValueKind.Array => value.EnumerateArray().Select(static v => ValueFault(v)).FirstOrDefault(f => f is not null),
        _ => null,
    };

    private static bool IsInline(JsonElement value) => value.ValueKind == JsonValueKind.String && value.GetString()!.StartsWith("data:", StringComparison.OrdinalIgnoreCase);

    private static bool HasTools(JsonElement item, out JsonElement tools) => item.TryGetProperty("tools", out tools) && tools.ValueKind != JsonValueKind.Null;

    private static void WriteItem(Utf8JsonWriter writer, JsonElement item)
    {
        writer.WriteStartObject();
        foreach (var member in item.EnumerateObject().Where(static p => !IsId(p)))
        {
            if (member.NameEquals("tools"u8))
            {
                AgentTools.Write(writer, member.Value);
                continue;
            }
            writer.WritePropertyName(member.Name);
            AgentModelRequest.Copy(writer, member.Value);
        }
        writer.WriteEndObject();
    }

    private static string Shown(JsonElement type) => type.ValueKind == JsonValueKind.String && type.GetString() is { Length: <= 60 } name ? $"'{name}'" : "no known one";
}
