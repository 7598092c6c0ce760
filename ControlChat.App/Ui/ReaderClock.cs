using System.Globalization;

namespace ControlChat.App.Ui;

/// <summary>
/// How times are shown to this reader: in the browser's zone, or in UTC when the reader switched to it. Cascaded by the layout.
/// Stored times are UTC everywhere; this is the only place where one becomes local.
/// </summary>
/// <param name="Zone">The browser's zone; UTC until the browser has said which.</param>
public sealed record ReaderClock(TimeZoneInfo Zone, bool Utc)
{
    public static readonly ReaderClock Unknown = new(TimeZoneInfo.Utc, false);

    private TimeZoneInfo Shown => Utc ? TimeZoneInfo.Utc : Zone;

    /// <param name="timeZone">An IANA name as the browser gives it; an unknown one means UTC.</param>
    public static ReaderClock In(string timeZone, bool utc = false) =>
        new(TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out var zone) ? zone : TimeZoneInfo.Utc, utc);

    public DateTimeOffset Local(DateTimeOffset time) => TimeZoneInfo.ConvertTime(time, Shown);

    /// <summary>The moment that this reader's clock and calendar show so; of one that the clock shows twice, the first.</summary>
    public DateTimeOffset At(DateTime local)
    {
        var there = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        // A time that was left out when the clock was put forward counts by the clock before.
        var offset = Shown.IsInvalidTime(there) ? Shown.GetUtcOffset(there.AddHours(-1)) : Shown.IsAmbiguousTime(there) ? Shown.GetAmbiguousTimeOffsets(there).Max() : Shown.GetUtcOffset(there);
        return new DateTimeOffset(there, offset).ToUniversalTime();
    }

    /// <summary>"14:03".</summary>
    public string Clock(DateTimeOffset time) => Local(time).ToString("HH:mm", CultureInfo.InvariantCulture);

    /// <summary>"14:03:19".</summary>
    public string Seconds(DateTimeOffset time) => Local(time).ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>"21 Nov 14:03:19", with the year when it is another.</summary>
    public string Stamp(DateTimeOffset time, DateTimeOffset now) =>
        Local(time).ToString(Local(time).Year == Local(now).Year ? "d MMM HH:mm:ss" : "d MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>"Saturday 21 November 2026", for the head of a day.</summary>
    public string Day(DateTimeOffset time) => Local(time).ToString("dddd d MMMM yyyy", CultureInfo.InvariantCulture);

    /// <summary>As short as it stays clear: "now", "4 min", "3 h" of today, "Fri 16:40" of the last six days, "9 Jun", "9 Jun 2025".</summary>
    public string Age(DateTimeOffset time, DateTimeOffset now)
    {
        var age = now - time;
        var there = Local(time);
        var here = Local(now);
        return age switch
        {
            { TotalSeconds: < 0 } => Stamp(time, now),
            { TotalMinutes: < 1 } => Texts.AgeNow,
            { TotalHours: < 1 } => Texts.AgeMinutes.With((int)age.TotalMinutes),
            _ when there.Date == here.Date => Texts.AgeHours.With((int)age.TotalHours),
            { TotalDays: < 6 } => there.ToString("ddd HH:mm", CultureInfo.InvariantCulture),
            _ => there.ToString(there.Year == here.Year ? "d MMM" : "d MMM yyyy", CultureInfo.InvariantCulture),
        };
    }

    /// <summary>The whole of it, for a tooltip: "2026-11-21 13:03:19 UTC".</summary>
    public static string Full(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
