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

    /// <summary>"38 ms", "9.1 s"; empty while it is not known.</summary>
    public static string Duration(long? milliseconds) => milliseconds switch
    {
        null => "",
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000.0:0.0} s"),
    };

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
