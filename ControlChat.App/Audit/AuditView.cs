using System.Globalization;
using System.Text;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace ControlChat.App.Audit;

/// <summary>What the page shows, as its address says it: shared, bookmarked and still there after a reload.</summary>
public sealed record AuditView
{
    private static readonly Dictionary<string, TimeSpan> Stretches = new()
    {
        ["1h"] = TimeSpan.FromHours(1),
        ["24h"] = TimeSpan.FromHours(24),
        ["7d"] = TimeSpan.FromDays(7),
        ["30d"] = TimeSpan.FromDays(30),
    };

    /// <summary>The filter without <see cref="Last"/>.</summary>
    public AuditFilter Filter { get; init; } = AuditFilter.None;

    /// <summary>The last <c>1h|24h|7d|30d</c>, or null.</summary>
    public string? Last { get; init; }

    /// <summary>The rows before this one; null for the newest page.</summary>
    public string? Cursor { get; init; }

    /// <summary>The rows just after this one, on the way back to the newest.</summary>
    public long? After { get; init; }

    /// <summary>The row in the drawer.</summary>
    public long? Open { get; init; }

    /// <summary>Times in UTC.</summary>
    public bool Utc { get; init; }

    public bool IsFiltered => !Filter.IsEmpty || Last is not null;

    public string Href => Address("/audit" + (Open is { } seq ? string.Create(CultureInfo.InvariantCulture, $"/{seq}") : ""), Parts());

    /// <param name="uri">The page's address.</param>
    /// <param name="open">The row in its path.</param>
    public static AuditView Of(Uri uri, long? open)
    {
        var query = QueryHelpers.ParseQuery(uri.Query);
        return new AuditView
        {
            Filter = AuditQueryString.Lenient(new QueryCollection(query)),
            Last = Text(query, "last") is { } last && Stretches.ContainsKey(last) ? last : null,
            Cursor = Seq(query, "cursor")?.ToString(CultureInfo.InvariantCulture),
            After = Seq(query, "after"),
            Open = open,
            Utc = Text(query, "utc") == "1",
        };
    }

    /// <summary>The newest page of the same view.</summary>
    public AuditView First() => this with { Cursor = null, After = null, Open = null };

    /// <summary>The filter as of now.</summary>
    public AuditFilter At(DateTimeOffset now) => Last is { } last ? Filter with { From = now - Stretches[last] } : Filter;

    /// <summary>Where these rows come as a file.</summary>
    public string ExportHref(string format, DateTimeOffset now) =>
        Address("/api/v1/audit/export", [("format", format), .. Fields(At(now))]);

    private IEnumerable<(string Name, string? Value)> Parts() =>
    [
        .. Fields(Filter), ("last", Last), ("cursor", Cursor), ("after", After?.ToString(CultureInfo.InvariantCulture)), ("utc", Utc ? "1" : null),
    ];

    private static IEnumerable<(string Name, string? Value)> Fields(AuditFilter filter) =>
    [
        ("text", filter.Text), ("event", filter.Event), ("tool", filter.Tool), ("outcome", filter.Outcome), ("account", filter.Account), ("workspace_id", filter.WorkspaceId),
        ("run_id", filter.RunId), ("action_id", filter.ActionId), ("from", Timestamps.Format(filter.From)), ("to", Timestamps.Format(filter.To)),
    ];

    private static string Address(string path, IEnumerable<(string Name, string? Value)> parts)
    {
        var address = new StringBuilder(path);
        var sign = '?';
        foreach (var (name, value) in parts.Where(p => p.Value is not null))
        {
            address.Append(sign).Append(name).Append('=').Append(Uri.EscapeDataString(value!));
            sign = '&';
        }
        return address.ToString();
    }

    private static string? Text(Dictionary<string, StringValues> query, string name) => query.TryGetValue(name, out var values) ? values.FirstOrDefault() : null;

    private static long? Seq(Dictionary<string, StringValues> query, string name) =>
        long.TryParse(Text(query, name), NumberStyles.None, CultureInfo.InvariantCulture, out var seq) && seq > 0 ? seq : null;
}
