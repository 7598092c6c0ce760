using System.Text.Json;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.App.Sessions.Embedding;

/// <summary>Who may frame a session, and what their pages may ask of the frame: <c>Embed:Origins</c> and <c>Embed:Capabilities</c>.</summary>
/// <param name="Origin">As a browser writes it in <c>Origin</c>.</param>
/// <param name="May"><c>status</c> first, then what the operator allowed.</param>
internal sealed record EmbedParent(string Origin, IReadOnlyList<string> May)
{
    /// <summary>What every parent may.</summary>
    private const string Least = "status";

    /// <returns>Empty: nothing may be framed.</returns>
    public static IReadOnlyList<EmbedParent> Of(EmbedSection settings) =>
        [.. settings.Origins.Distinct(StringComparer.Ordinal).Select(origin => new EmbedParent(Written(origin), Granted(settings, origin)))];

    /// <summary>For the page's own script.</summary>
    public static string Told(IReadOnlyList<EmbedParent> parents) => JsonSerializer.Serialize(parents, Json.Wire);

    private static IReadOnlyList<string> Granted(EmbedSection settings, string origin) =>
        [.. settings.Capabilities.Where(grant => grant.Origin == origin).SelectMany(grant => grant.Allow).Prepend(Least).Distinct(StringComparer.Ordinal)];

    // Browsers write names in ASCII, whatever the operator wrote.
    private static string Written(string origin) => new Uri(origin) is var uri && uri.IsDefaultPort ? $"{uri.Scheme}://{uri.IdnHost}" : $"{uri.Scheme}://{uri.IdnHost}:{uri.Port}";
}
