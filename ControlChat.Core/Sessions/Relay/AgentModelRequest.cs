using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace ControlChat.Core.Sessions.Relay;

/// <summary>
/// What an agent asks of the model, as it leaves the hub: under the hub's key, so nothing goes on that is not understood. A hostile agent
/// could otherwise have the provider act for it with that key: run tools that reach the network or the organisation's files, read what
/// others stored there, fetch addresses that carry text away, work on in the background, store what must not be stored, take a dearer
/// model or tier, or steer a cache it shares with others. So fields go through by name; what Codex adds by itself is left out, and what no
/// honest agent sends here is refused.
/// </summary>
public static class AgentModelRequest
{
    /// <summary>
    /// The longest body, in bytes. Agents send their whole history with every step: the longest windows of today's models, a million tokens
    /// at some four bytes, with the JSON around them and a few pictures.
    /// </summary>
    public const int MostBytes = 16 * 1024 * 1024;

    /// <summary>
    /// The longest input, in items: a million tokens of items that hold some fifty each. With <see cref="MostNodes"/>, what bounds the memory
    /// a body takes once it is read.
    /// </summary>
    public const int MostItems = 20_000;

    /// <summary>Names, values and ends of JSON in a body, as its reader counts them; each takes some 12 bytes. Fifty for each of <see cref="MostItems"/>.</summary>
    public const int MostNodes = 1_000_000;

    /// <summary>The longest answer, in tokens, thinking included: what a call can cost at most is known before it is made. Below the limit of every model for agents.</summary>
    public const int MostOutput = 32_000;

    // Servers refuse less.
    private const int FewestTokens = 16;

    private const string NotRead = "The body is not JSON this hub reads: one object in UTF-8, no name twice, at most 64 levels.";
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    // Copied as they are, once looked at.
    private static readonly string[] Kept = ["input", "instructions", "tool_choice", "parallel_tool_calls", "reasoning", "text", "temperature", "top_p", "truncation"];

    // They reach what somebody else stored under the hub's key, or leave work there that nobody watches.
    private static readonly string[] Refused = ["previous_response_id", "conversation", "prompt", "background"];

    /// <param name="body">At most <see cref="MostBytes"/>.</param>
    /// <param name="model">The only model there is for agents.</param>
    /// <param name="cacheKey">In place of the agent's own key for the provider's cache: another session's prompts are none of its business.</param>
    /// <param name="tokensLeft">Of its budget; null: no bound.</param>
    public static AgentModelReading Read(ReadOnlyMemory<byte> body, string model, string cacheKey, long? tokensLeft)
    {
        if (!Utf8.IsValid(body.Span)) return new AgentModelReading.Refused(NotRead);
        try
        {
            if (HasTooManyNodes(body.Span)) return new AgentModelReading.Refused($"The body has more than {MostNodes} names and values. Let the agent summarise its history.");
            using var document = JsonDocument.Parse(body, Strict);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return new AgentModelReading.Refused("The body is not a JSON object.");
            if (Fault(root) is { } fault) return new AgentModelReading.Refused(fault);
            var stream = root.TryGetProperty("stream", out var asked) && asked.ValueKind == JsonValueKind.True;
            var mostOutput = MostOutputOf(root, tokensLeft);
            return new AgentModelReading.Passed(Write(root, stream, model, cacheKey, mostOutput), stream, mostOutput);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A lone surrogate in a name is found only when the name is read.
            return new AgentModelReading.Refused(NotRead);
        }
    }

    // Before anything is made of them.
    private static bool HasTooManyNodes(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Strict.MaxDepth });
        var nodes = 0;
        while (reader.Read())
            if (++nodes > MostNodes) return true;
        return false;
    }

    private static string? Fault(JsonElement root)
    {
        foreach (var name in Refused)
            if (root.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False)) return $"'{name}' is not open to agents.";
        if (root.TryGetProperty("stream", out var stream) && stream.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) return "'stream' must be true or false.";
        if (root.TryGetProperty("instructions", out var instructions) && instructions.ValueKind is not (JsonValueKind.String or JsonValueKind.Null)) return "'instructions' must be a text.";
        if (!root.TryGetProperty("input", out var input)) return "'input' is missing.";
        if (AgentInput.Fault(input) is { } inInput) return inInput;
        if (root.TryGetProperty("tools", out var tools) && AgentTools.Fault(tools) is { } inTools) return inTools;
        return root.TryGetProperty("tool_choice", out var choice) ? AgentTools.ChoiceFault(choice) : null;
    }

    private static byte[] Write(JsonElement root, bool stream, string model, string cacheKey, long mostOutput)
    {
        using var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text))
        {
            writer.WriteStartObject();
            writer.WriteString("model", model);
            writer.WriteBoolean("stream", stream);
            writer.WriteBoolean("store", false);
            foreach (var name in Kept)
            {
                if (!root.TryGetProperty(name, out var value)) continue;
                writer.WritePropertyName(name);
                if (name == "input") AgentInput.Write(writer, value);
                else Copy(writer, value);
            }
            if (root.TryGetProperty("tools", out var tools)) AgentTools.Write(writer, tools);
            WriteInclude(writer, root);
            if (root.TryGetProperty("prompt_cache_key", out _)) writer.WriteString("prompt_cache_key", cacheKey);
            writer.WriteNumber("max_output_tokens", mostOutput);
            writer.WriteEndObject();
        }
        return text.ToArray();
    }

    /// <summary>Byte by byte, so that what was looked at is what leaves.</summary>
    internal static void Copy(Utf8JsonWriter writer, JsonElement value) => writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);

    // Everything else that can be asked for with an answer comes out of hosted tools.
    private static void WriteInclude(Utf8JsonWriter writer, JsonElement root)
    {
        if (!root.TryGetProperty("include", out var include) || include.ValueKind != JsonValueKind.Array) return;
        writer.WriteStartArray("include");
        if (include.EnumerateArray().Any(static i => i.ValueKind == JsonValueKind.String && i.ValueEquals("reasoning.encrypted_content"u8))) writer.WriteStringValue("reasoning.encrypted_content"u8);
        writer.WriteEndArray();
    }

    private static long MostOutputOf(JsonElement root, long? tokensLeft)
    {
        var own = root.TryGetProperty("max_output_tokens", out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number > 0 ? number : MostOutput;
        return Math.Min(own, Math.Clamp(tokensLeft ?? MostOutput, FewestTokens, MostOutput));
    }
}

/// <summary>What came of looking at an agent's request.</summary>
public abstract record AgentModelReading
{
    private AgentModelReading()
    {
    }

    /// <param name="Body">JSON for the model's server.</param>
    /// <param name="Stream">Whether the answer comes in events.</param>
    /// <param name="MostOutput">The most tokens the answer may have.</param>
    public sealed record Passed(byte[] Body, bool Stream, long MostOutput) : AgentModelReading;

    /// <param name="Words">For the agent.</param>
    public sealed record Refused(string Words) : AgentModelReading;
}
