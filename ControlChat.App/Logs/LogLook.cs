using System.Text.Json.Nodes;
using ControlChat.App.Layout;

namespace ControlChat.App.Logs;

/// <summary>How a level looks: an icon and a word, never a colour alone.</summary>
internal static class LogLook
{
    public static string Word(string level) => level switch
    {
        "critical" => Texts.LevelCritical,
        "error" => Texts.LevelError,
        "warning" => Texts.LevelWarning,
        "information" => Texts.LevelInfo,
        "debug" => Texts.LevelDebug,
        _ => Texts.LevelTrace,
    };

    public static string Icon(string level) => level switch
    {
        "critical" or "error" => "failed",
        "warning" => "warn",
        _ => "info",
    };

    public static string Tone(string level) => level switch
    {
        "critical" or "error" => "danger",
        "warning" => "warn",
        "information" => "",
        _ => "off",
    };

    /// <summary>What is looked at, for the docked Ask: a run, a line or a filter. A line's own text is not sent; searching the log judges it.</summary>
    public static IReadOnlyList<PageChip> Chips(LogsQuery query)
    {
        if (!query.IsFiltered && query.Line is null) return [];
        var data = new JsonObject { ["page"] = "logs" };
        foreach (var (name, value) in (ReadOnlySpan<(string, string?)>)[("run_id", query.RunId), ("conversation_id", query.ConversationId), ("level", query.Level), ("from", query.From), ("text", query.Text)])
        {
            if (value is not null) data[name] = value;
        }
        if (query.Line is { } line) data["line"] = line;
        return [PageChip.Of("logs", query.Line is not null ? Texts.LogLine : query.RunId is not null ? Texts.LogOfRun : Texts.LogFiltered, data)];
    }

    /// <summary>The last part of a category, which is the class: "ToolGate".</summary>
    public static string Source(string category) => category[(category.LastIndexOf('.') + 1)..];
}
