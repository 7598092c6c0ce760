using System.Globalization;
using System.Text.RegularExpressions;

namespace ControlChat.Core.Telemetry;

/// <summary><c>controlchat-20261121.jsonl</c>, then <c>controlchat-20261121.1.jsonl</c> when that one is full.</summary>
/// <param name="Day">UTC.</param>
/// <param name="Part">0 for the first of the day.</param>
public readonly partial record struct LogFileName(DateOnly Day, int Part) : IComparable<LogFileName>
{
    /// <summary>The log files of a directory, oldest first; none when there is no directory.</summary>
    public static IReadOnlyList<LogFileName> In(string directory) => !Directory.Exists(directory) ? [] :
        [.. Directory.EnumerateFiles(directory, "controlchat-*.jsonl").Select(p => Parse(Path.GetFileName(p))).OfType<LogFileName>().Order()];

    public static LogFileName? Parse(string name)
    {
        var match = Form().Match(name);
        return match.Success && DateOnly.TryParseExact(match.Groups[1].Value, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? new LogFileName(day, match.Groups[2].Success ? int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture) : 0) : null;
    }

    public int CompareTo(LogFileName other) => (Day, Part).CompareTo((other.Day, other.Part));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"controlchat-{Day:yyyyMMdd}{(Part == 0 ? "" : $".{Part}")}.jsonl");

    public static bool operator <(LogFileName left, LogFileName right) => left.CompareTo(right) < 0;

    public static bool operator >(LogFileName left, LogFileName right) => left.CompareTo(right) > 0;

    public static bool operator <=(LogFileName left, LogFileName right) => left.CompareTo(right) <= 0;

    public static bool operator >=(LogFileName left, LogFileName right) => left.CompareTo(right) >= 0;

    [GeneratedRegex(@"^controlchat-(\d{8})(?:\.(\d{1,6}))?\.jsonl$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
