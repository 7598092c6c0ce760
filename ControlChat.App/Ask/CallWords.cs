using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.App.Ui;
using ControlChat.Core.Gate;

namespace ControlChat.App.Ask;

/// <summary>A tool call in one sentence, from its outcome alone.</summary>
internal static class CallWords
{
    private static readonly JsonSerializerOptions Indented = new(Core.Hub.Json.Wire) { WriteIndented = true };

    public static ToolLook Look(AskPart.Call call) => call.Outcome?.Status switch
    {
        null => ToolLook.Running,
        "completed" or "planned" or "partial" or "confirmation_required" => ToolLook.Done,
        "denied" => ToolLook.Denied,
        "cancelled" or "declined" => ToolLook.Cancelled,
        _ => ToolLook.Failed,
    };

    public static string Sentence(AskPart.Call call) => call.Outcome switch
    {
        null => "working…",
        { Error.Message: { } message } => message,
        { Result: { } result } when Count(result) is { } count => count,
        { Plan: { Effects.Count: 0 } plan } => $"{plan.Summary}: nothing to change",
        { Plan: { } plan } => plan.Summary,
        { Result: { } result } when Named(result) is { } name => name,
        { Status: "cancelled" } => "Cancelled. This was not done.",
        _ => "Done",
    };

    /// <summary>"38 ms", "9.1 s", "4 min".</summary>
    public static string Duration(long milliseconds) => milliseconds switch
    {
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds} ms"),
        < 60_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000.0:0.0} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 60_000} min"),
    };

    /// <summary>The result, or the error where there is none.</summary>
    public static string Json(Outcome outcome) => outcome switch
    {
        { Result: { } result } => JsonSerializer.Serialize(result, Indented),
        { Error: { } error } => JsonSerializer.Serialize(error, Indented),
        _ => $"{{ \"status\": \"{outcome.Status}\" }}",
    };

    private static string? Count(JsonObject result)
    {
        if (result["items"] is not JsonArray items) return null;
        var more = result["next_cursor"] is not null ? " and more" : "";
        return items.Count == 0 ? "nothing found" : string.Create(CultureInfo.InvariantCulture, $"{items.Count} found{more}");
    }

    private static string? Named(JsonObject result) =>
        (result["title"] ?? (result["workspace"] as JsonObject)?["title"] ?? result["result"]) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
