using System.Text.Json;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner.OpenAi;

internal static class Usage
{
    /// <summary>Token counts by the names one of the two protocols uses; what is absent stays null.</summary>
    public static UsageDetails Read(JsonElement usage, string input, string output) => new()
    {
        InputTokenCount = Number(usage, input),
        OutputTokenCount = Number(usage, output),
        TotalTokenCount = Number(usage, "total_tokens"),
        CachedInputTokenCount = Number(Part(usage, input + "_details"), "cached_tokens"),
        ReasoningTokenCount = Number(Part(usage, output + "_details"), "reasoning_tokens"),
    };

    /// <summary>The model that answered, as the server names it; null when it does not, or not by a name.</summary>
    public static string? Model(JsonElement answer) =>
        answer.TryGetProperty("model", out var model) && model.ValueKind == JsonValueKind.String && model.GetString() is { Length: > 0 and <= 200 } name ? name : null;

    private static JsonElement Part(JsonElement usage, string name) => usage.TryGetProperty(name, out var part) ? part : default;

    private static long? Number(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;
}
