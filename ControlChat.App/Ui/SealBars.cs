using System.Globalization;

namespace ControlChat.App.Ui;

/// <summary>
/// The seal's drawing: one bar per hex digit of the first eight of a plan's hash, 3 wide with a gap of 1, from 2 (digit 0)
/// to 14 (digit f) high. Two different hashes that begin alike look alike, so the digits always stand beside it.
/// </summary>
public static class SealBars
{
    public const int Height = 14;

    public const int Count = 8;

    /// <summary>The first eight hex digits in two groups, as people read them aloud: "9f3c a71e".</summary>
    public static string Digits(string hash)
    {
        var digits = First(hash);
        return digits.Length > 4 ? $"{digits[..4]} {digits[4..]}" : digits;
    }

    public static IReadOnlyList<SealBar> Of(string hash) =>
        [.. First(hash).Select((digit, index) => new SealBar(index * 4, BarHeight(digit)))];

    private static int BarHeight(char digit) =>
        2 + (int)Math.Round(int.Parse([digit], NumberStyles.HexNumber, CultureInfo.InvariantCulture) * 12 / 15.0);

    private static string First(string hash) =>
        string.Concat(hash.Replace("sha256:", "", StringComparison.Ordinal).ToLowerInvariant().Where(char.IsAsciiHexDigit).Take(Count));
}

/// <param name="X">Left edge, in the drawing's units.</param>
/// <param name="Height">2 to 14.</param>
public readonly record struct SealBar(int X, int Height)
{
    public int Y => SealBars.Height - Height;
}
