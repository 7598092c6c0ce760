using System.Globalization;
using ControlChat.App.Ui;
using ControlChat.Core.Usage;

namespace ControlChat.App.Usage;

/// <summary>Figures in words.</summary>
internal static class UsageWords
{
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>"0.4 ms", "120 ms", "1.2 s", "3.5 min", "2.1 h".</summary>
    public static string Took(double? ms) => ms switch
    {
        null => Texts.NotKnown,
        < 10 => Texts.InMilliseconds.With(Short(ms.Value)),
        < 1_000 => Texts.InMilliseconds.With(Math.Round(ms.Value).ToString(CultureInfo.InvariantCulture)),
        < 60_000 => Texts.InSeconds.With(Short(ms.Value / 1_000)),
        < 3_600_000 => Texts.InMinutes.With(Short(ms.Value / 60_000)),
        _ => Texts.InHours.With(Short(ms.Value / 3_600_000)),
    };

    public static string Lasted(long seconds) => seconds == 0 ? Texts.NotKnown : Took(seconds * 1_000.0);

    public static string Rate(UsageFigures figures) => figures.Calls == 0 ? Texts.NotKnown : figures.ErrorRate.ToString("0.0 %", CultureInfo.InvariantCulture);

    /// <summary>"27 Nov".</summary>
    public static string Day(string key) =>
        DateOnly.TryParseExact(key, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day.ToString("d MMM", CultureInfo.InvariantCulture) : key;

    /// <summary>"Fri 27 Nov 2026".</summary>
    public static string LongDay(string key) =>
        DateOnly.TryParseExact(key, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day.ToString("ddd d MMM yyyy", CultureInfo.InvariantCulture) : key;

    /// <summary>What a reader has to know of these days: where a day begins on their clock.</summary>
    public static string Days(ReaderClock clock, DateTimeOffset now)
    {
        var midnight = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        return clock.Local(midnight).Offset == TimeSpan.Zero ? Texts.DaysAreUtc : Texts.DaysAreUtcHere.With(clock.Clock(midnight));
    }

    private static string Short(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);
}
