using System.Text.Json;

namespace ControlChat.Core.Sessions.Codex;

internal static class CodexFaults
{
    /// <summary><c>"unauthorized"</c> or <c>{"httpConnectionFailed":{"httpStatusCode":401}}</c>: the word, and the status if there is one.</summary>
    public static (string? Code, int? Status) Read(JsonElement? info)
    {
        if (info is { ValueKind: JsonValueKind.String } word) return (word.GetString(), null);
        if (info is not { ValueKind: JsonValueKind.Object } named) return (null, null);
        foreach (var field in named.EnumerateObject())
        {
            var known = field.Value.ValueKind == JsonValueKind.Object && field.Value.TryGetProperty("httpStatusCode", out var status) && status.ValueKind == JsonValueKind.Number;
            return (field.Name, known && field.Value.GetProperty("httpStatusCode").TryGetInt32(out var code) ? code : null);
        }
        return (null, null);
    }
}
