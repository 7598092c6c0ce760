using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.Core.Files;

/// <summary>Reads what a profile wants to know out of JSON files; null for whatever is not there or not so.</summary>
internal sealed class ContentValues(BeneathRoot root)
{
    private const int MostFileBytes = 256 * 1024;
    private const int MostText = 80;
    private const int MostTop = 5;
    private static readonly JsonDocumentOptions _lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Every file that was looked for, as it was; null for one that could not be opened.</summary>
    public List<(WorkspacePath Path, FileStatus? Status)> Seen { get; } = [];

    public JsonNode? Read(ContentField field)
    {
        if (!WorkspacePath.TryRead(field.File!, out var path, out _)) return null;
        if (!root.TryOpen(path, FileCalls.ToRead, links: false, out var opened, out _))
        {
            Seen.Add((path, null));
            return null;
        }
        using var file = opened;
        var status = FileStatus.Of(file);
        Seen.Add((path, status));
        if (status.Kind != EntryKind.File || FileReader.ReadAll(file, status.Size, MostFileBytes) is not { } content) return null;
        try
        {
            using var document = JsonDocument.Parse(content, _lenient);
            if (At(document.RootElement, field.At!) is not { } found) return null;
            return field.Kind == ContentFieldKind.Top ? Top(found) : Value(found);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonElement? At(JsonElement element, string pointer)
    {
        foreach (var part in pointer.Split('/').Skip(1).Select(p => p.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)))
        {
            if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(part, out var named)) element = named;
            else if (element.ValueKind == JsonValueKind.Array && int.TryParse(part, out var index) && index >= 0 && index < element.GetArrayLength()) element = element[index];
            else return null;
        }
        return element;
    }

    private static JsonValue? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => JsonValue.Create(Cut(element.GetString()!)),
        JsonValueKind.True or JsonValueKind.False => JsonValue.Create(element.GetBoolean()),
        JsonValueKind.Number when element.GetRawText().Length <= MostText => JsonValue.Create(element.Clone()),
        _ => null,
    };

    private static JsonArray? Top(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object when element.EnumerateObject().All(p => p.Value.ValueKind == JsonValueKind.Number) =>
            Names(element.EnumerateObject().OrderByDescending(p => p.Value.GetDouble()).ThenBy(p => p.Name, StringComparer.Ordinal).Select(p => p.Name)),
        // One value for each part of the whole, as in {"hill 1": "42", "hill 2": "42"}.
        JsonValueKind.Object => Frequent(element.EnumerateObject().Select(p => p.Value)),
        JsonValueKind.Array => Frequent(element.EnumerateArray()),
        _ => null,
    };

    private static JsonArray Frequent(IEnumerable<JsonElement> values) =>
        Names(values.Where(v => v.ValueKind is JsonValueKind.String or JsonValueKind.Number).GroupBy(v => v.ToString(), StringComparer.Ordinal)
            .OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Key));

    private static JsonArray Names(IEnumerable<string> names) => [.. names.Take(MostTop).Select(n => (JsonNode)Cut(n))];

    private static string Cut(string text)
    {
        if (text.Length > MostText) text = text[..(char.IsHighSurrogate(text[MostText - 1]) ? MostText - 1 : MostText)] + "…";
        return ShownName.Of(System.Text.Encoding.UTF8.GetBytes(text));
    }
}
