using System.Globalization;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Logs;

/// <summary>A time as people give it: RFC 3339, or how long ago (<c>90s</c>, <c>15m</c>, <c>1h</c>, <c>2d</c>).</summary>
public static class RelativeTime
{
    // A hundred years: more would leave the calendar.
    private const int MostDays = 36_500;

    /// <returns>Null for what is neither.</returns>
    public static DateTimeOffset? Read(string text, DateTimeOffset now)
    {
        if (Timestamps.TryParse(text, out var time)) return time;
        return Ago(text.Trim()) is { } ago ? now - ago : null;
    }

    private static TimeSpan? Ago(string text)
    {
        if (text.Length < 2 || !int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var amount)) return null;
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
