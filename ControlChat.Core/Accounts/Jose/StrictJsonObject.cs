using System.Text;
using System.Text.Json;

namespace ControlChat.Core.Accounts.Jose;

/// <summary>JSON of somebody else that must mean one thing only.</summary>
internal static class StrictJsonObject
{
    private const int MaxDepth = 16;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    /// <returns>Null for bytes that are no UTF-8, no object, say a member twice at any depth, or have anything behind the object.</returns>
    public static JsonElement? Read(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(Utf8.GetString(bytes), Options);
            return document.RootElement.ValueKind == JsonValueKind.Object && HasText(document.RootElement) ? document.RootElement.Clone() : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The text of a member; null when it is absent or no text.</summary>
    public static string? Text(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // A lone surrogate, written as an escape, is found only when the text is read.
    private static bool HasText(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                return element.GetString() is not null;
            case JsonValueKind.Array:
                return element.EnumerateArray().All(HasText);
            case JsonValueKind.Object:
                return element.EnumerateObject().All(p => p.Name is not null && HasText(p.Value));
            default:
                return true;
        }
    }
}
