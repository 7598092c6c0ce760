using System.Globalization;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>How far the derived tables have come.</summary>
internal static class AuditIndex
{
    public const string Place = "audit_indexed_seq";

    /// <summary>
    /// Rows behind the place that a page looks at one by one. Usually it is every one of them; when the indexer has much to catch up with,
    /// a page holds what is among the newest of them and says where to go on.
    /// </summary>
    public const int Near = 500;

    /// <summary>The last row that is in them; 0 for none.</summary>
    public static async Task<long> PlaceAsync(IHubReader reader, CancellationToken cancellationToken) =>
        await reader.FindAsync<string>("select value from hub_facts where name = @Place", new { Place }, cancellationToken) is { } text
            ? long.Parse(text, CultureInfo.InvariantCulture) : 0;

    /// <summary>The newest row of the record; 0 for none.</summary>
    public static Task<long> LastAsync(IHubReader reader, CancellationToken cancellationToken) =>
        reader.FindAsync<long>("select coalesce(max(seq), 0) from audit", null, cancellationToken);
}
