using System.Globalization;

namespace ControlChat.Core.Hub;

/// <summary>Times on the wire and in rows: RFC 3339 UTC with milliseconds and <c>Z</c>, so that text order is time order.</summary>
public static class Timestamps
{
    private const string Pattern = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public static string Format(DateTimeOffset value) => value.UtcDateTime.ToString(Pattern, CultureInfo.InvariantCulture);

    public static string? Format(DateTimeOffset? value) => value is { } time ? Format(time) : null;

    /// <summary>Reads any RFC 3339 time with an offset; false for anything else.</summary>
    public static bool TryParse(string? text, out DateTimeOffset value) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out value)
        && text!.Contains('T', StringComparison.Ordinal);

    /// <exception cref="FormatException">The row holds something that is not a time.</exception>
    public static DateTimeOffset Parse(string text) => TryParse(text, out var value) ? value : throw new FormatException($"'{text}' is not an RFC 3339 time");
}
