using System.Text.Json.Nodes;

namespace ControlChat.Core.Settings;

/// <summary>One setting as <c>config.get</c> and the Settings page show it.</summary>
/// <param name="Key">As in the file.</param>
/// <param name="Value">In force for the one who looks; "set" or "not set" for a secret; null when there is none.</param>
/// <param name="Default">Without anybody's change.</param>
/// <param name="Type"><c>choice|flag|integer|duration|text|url|path|time_zone|list|map|objects</c>.</param>
/// <param name="Legal">The legal values in words.</param>
/// <param name="Kind">Who may change it.</param>
/// <param name="Description">What it does.</param>
/// <param name="Source"><c>default</c>, <c>the file</c>, <c>the environment</c>, <c>the command line</c> or <c>changed</c>.</param>
/// <param name="Variable">The environment variable that sets it.</param>
/// <param name="Secret">Never shown.</param>
/// <param name="ChangedBy">The account that changed it, when <paramref name="Source"/> is <c>changed</c>.</param>
/// <param name="ChangedAt">When.</param>
public sealed record SettingView(
    string Key, JsonNode? Value, JsonNode? Default, string Type, string Legal, SettingKind Kind, string Description, string Source, string Variable, bool Secret,
    string? ChangedBy, DateTimeOffset? ChangedAt);
