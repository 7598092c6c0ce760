using System.Globalization;

namespace ControlChat.App.Ui;

/// <summary>How a countdown is written, coloured and spoken.</summary>
public static class TimeLeft
{
    public static readonly TimeSpan Amber = TimeSpan.FromMinutes(2);

    /// <summary>Spoken once each, when passed.</summary>
    private static (TimeSpan At, string Words)[] Spoken => [(TimeSpan.FromMinutes(5), Texts.FiveMinutesLeft), (TimeSpan.FromMinutes(1), Texts.OneMinuteLeft), (TimeSpan.Zero, Texts.Expired)];

    /// <summary>"13:42" below an hour, "21 h 12 min" above, "0:00" when over.</summary>
    public static string Text(TimeSpan left) => left switch
    {
        { Ticks: <= 0 } => "0:00",
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)left.TotalMinutes}:{left.Seconds:00}"),
        _ => Texts.HoursAndMinutes.With((int)left.TotalHours, left.Minutes),
    };

    /// <summary>The width class of a bar, in steps of five per cent: "w95".</summary>
    public static string Width(TimeSpan left, TimeSpan whole) =>
        $"w{(whole <= TimeSpan.Zero ? 0 : (int)Math.Round(Math.Clamp(left / whole, 0, 1) * 20) * 5)}";

    /// <summary>What to say when time moved from <paramref name="before"/> left to <paramref name="now"/> left; null for nothing.</summary>
    public static string? Say(TimeSpan before, TimeSpan now)
    {
        string? words = null;
        foreach (var mark in Spoken)
        {
            if (before > mark.At && now <= mark.At)
                words = mark.Words;
        }
        return words;
    }
}
