using System.Text.RegularExpressions;

namespace ControlChat.App.Api;

/// <summary>
/// The time zone that js/boot.js puts into a cookie before the circuit starts: pages are drawn with the reader's times at once, and not
/// a second time when the browser has answered. How times look is all it decides.
/// </summary>
internal static partial class BrowserZone
{
    public const string Cookie = "cc_zone";

    /// <returns>A name like <c>Europe/Zurich</c>, which need not be a zone; null when there is none.</returns>
    public static string? Of(HttpRequest request) => request.Cookies[Cookie] is { Length: <= 64 } zone && Name().IsMatch(zone) ? zone : null;

    // A name is looked up as a file: no way leads out of the folder of zones.
    [GeneratedRegex("^[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
