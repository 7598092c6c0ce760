using System.Globalization;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Tools.Logs;

/// <summary>A time as people give it: RFC 3339, or how long ago (<c>90s</c>, <c>15m</c>, <c>1h</c>, <c>2d</c>).</summary>
internal static class RelativeTime
{
    // A hundred years: more would leave the calendar.
    private const int MostDays = 36_500;

    /// <exception cref="ToolRefusedException"><c>invalid</c>.</exception>
    public static DateTimeOffset? Read(string name, string? text, DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        if (Timestamps.TryParse(text, out var time)) return time;
        if (Ago(text.Trim()) is { } ago) return now - ago;
        throw ToolRefusedException.Invalid($"'{name}' is not a time. Use RFC 3339, such as 2026-11-21T08:00:00Z, or how long ago, such as 1h.");
    }

    private static TimeSpan? Ago(string text)
    {
        if (!int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var amount)) return null;
        TimeSpan? unit = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => null,
        };
        return unit is { } one && amount * one.TotalDays <= MostDays ? amount * one : null;
    }
}
