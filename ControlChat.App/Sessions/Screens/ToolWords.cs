using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.App.Ui;

namespace ControlChat.App.Sessions.Screens;

/// <summary>A tool call of an agent in one line: <c>read_workspace_file(README.md)</c>.</summary>
internal static class ToolWords
{
    private const int MostName = 40;
    private const int MostArguments = 40;

    public static string Call(SessionItem.Tool tool) => $"{Short(tool.Name, MostName)}({Short(Values(tool.Arguments), MostArguments)})";

    public static ToolLook Look(string status) => status switch
    {
        "in_progress" => ToolLook.Running,
        "completed" => ToolLook.Done,
        "declined" => ToolLook.Denied,
        "abandoned" => ToolLook.Cancelled,
        _ => ToolLook.Failed,
    };

    /// <summary>What a tool of the hub itself changed in a document; null for every other call, whatever its result says.</summary>
    public static DocumentChange? Change(SessionItem.Tool tool)
    {
        if (tool is not { Server: "workspace", Status: "completed", Result: { } result }) return null;
        try
        {
            return Answer(JsonNode.Parse(result) as JsonObject) is { } said && Words(said, "diff") is { Length: > 0 } diff && Words(said, "path") is { } path
                ? new DocumentChange(path, diff, Words(said, "backup")) : null;
        }
        catch (JsonException)
        {
            // Cut off, or no JSON: it stands in the card as it is.
            return null;
        }
    }

    /// <summary>"38 ms", "9.1 s"; empty while it is not known.</summary>
    public static string Duration(long? milliseconds) => milliseconds switch
    {
        null => "",
        < 1000 => Texts.Milliseconds.With(milliseconds),
        _ => Texts.Seconds.With((milliseconds.Value / 1000.0).ToString("0.0", CultureInfo.InvariantCulture)),
    };

    // As the protocol wraps it: structured, and once more as text.
    private static JsonObject? Answer(JsonObject? result)
    {
        if (result?["structuredContent"] is JsonObject structured) return structured;
        var first = (result?["content"] as JsonArray)?.FirstOrDefault() as JsonObject;
        return first is not null && Words(first, "text") is { } text ? JsonNode.Parse(text) as JsonObject : null;
    }

    private static string? Words(JsonObject from, string name) => from[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static string Values(string arguments)
    {
        try
        {
            return JsonNode.Parse(arguments) is JsonObject named ? string.Join(", ", named.Select(p => p.Value is JsonValue value && value.TryGetValue<string>(out var text) ? text : p.Value?.ToJsonString() ?? "null")) : arguments;
        }
        catch (JsonException)
        {
            return arguments;
        }
    }

    private static string Short(string text, int most)
    {
        var line = VisibleText.Of(text.ReplaceLineEndings(" "));
        if (line.Length <= most) return line;
        return $"{line[..(char.IsHighSurrogate(line[most - 1]) ? most - 1 : most)]}…";
    }
}

/// <param name="Backup">The name of what was there before; null: nothing was.</param>
internal sealed record DocumentChange(string Path, string Diff, string? Backup);
