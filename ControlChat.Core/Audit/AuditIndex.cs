using System.Globalization;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>How far the derived tables have come.</summary>
internal static class AuditIndex
{
    public const string Place = "audit_indexed_seq";

    /// <summary>The last row that is in them; 0 for none.</summary>
    public static async Task<long> PlaceAsync(IHubReader reader, CancellationToken cancellationToken) =>
        await reader.FindAsync<string>("select value from hub_facts where name = @Place", new { Place }, cancellationToken) is { } text
            ? long.Parse(text, CultureInfo.InvariantCulture) : 0;
}
