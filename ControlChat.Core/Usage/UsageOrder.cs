using System.Globalization;
using System.Text;

namespace ControlChat.Core.Usage;

/// <summary>The order of rows and the places in it. The figures move while pages are turned, so a cursor says after what it goes on, not at which number.</summary>
internal sealed class UsageOrder(UsageBy by, UsageSort sort) : IComparer<UsageRow>
{
    private const char Between = '\n';

    public int Compare(UsageRow? x, UsageRow? y) => Compare(PlaceOf(x!), PlaceOf(y!));

    /// <summary>The rows of a page, and the cursors beside it.</summary>
    /// <exception cref="FormatException">The cursor is none of this order.</exception>
    public (IReadOnlyList<UsageRow> Items, string? Previous, string? Next) Page(IEnumerable<UsageRow> rows, UsageQuery query)
    {
        var ordered = rows.Order(this).ToList();
        var start = 0;
        if (query.Cursor is { Length: > 0 } cursor)
        {
            var after = Read(cursor);
            while (start < ordered.Count && Compare(PlaceOf(ordered[start]), after) <= 0) start++;
        }
        var items = ordered.Skip(start).Take(query.Limit).ToList();
        var before = start - query.Limit;
        return (items, start == 0 ? null : before <= 0 ? UsageReport.First : Write(ordered[before - 1]), start + items.Count < ordered.Count ? Write(items[^1]) : null);
    }

    private int Compare(Place a, Place b)
    {
        if (b.Number.CompareTo(a.Number) is var most and not 0) return most;
        if (by == UsageBy.Day) return string.CompareOrdinal(b.Key, a.Key);
        return string.Compare(a.Name, b.Name, StringComparison.OrdinalIgnoreCase) is var named and not 0 ? named : string.CompareOrdinal(a.Key, b.Key);
    }

    private Place PlaceOf(UsageRow row) => new(sort switch
    {
        UsageSort.Runs => row.Runs,
        UsageSort.Calls => row.Calls,
        UsageSort.Errors => row.Errors,
        UsageSort.P95 => row.P95Ms ?? -1,
        UsageSort.Tokens => row.TokensIn + row.TokensOut,
        UsageSort.Sessions => row.SessionSeconds,
        _ => 0,
    }, row.Key, row.Name);

    private string Write(UsageRow row)
    {
        var place = PlaceOf(row);
        return Convert.ToHexStringLower(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{place.Number:R}{Between}{place.Key}{Between}{place.Name}")));
    }

    private static Place Read(string cursor)
    {
        try
        {
            if (Encoding.UTF8.GetString(Convert.FromHexString(cursor)).Split(Between, 3) is [var number, var key, var name])
                return new Place(double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture), key, name);
        }
        catch (FormatException)
        {
            // Told below.
        }
        throw new FormatException("The cursor is not one of this list. Leave it out for the first rows.");
    }

    private readonly record struct Place(double Number, string Key, string Name);
}
