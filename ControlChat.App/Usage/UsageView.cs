using System.Globalization;
using System.Text;
using ControlChat.Core.Usage;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace ControlChat.App.Usage;

/// <summary>What the page shows, as its address says it.</summary>
public sealed record UsageView
{
    public static IReadOnlyList<int> Stretches { get; } = [7, 30, 90];

    /// <summary>The last so many days; null for <see cref="From"/> to <see cref="To"/>.</summary>
    public int? Last { get; init; } = 30;

    public DateOnly? From { get; init; }

    public DateOnly? To { get; init; }

    public UsageBy By { get; init; }

    /// <summary><see cref="Everyone"/>, <see cref="Me"/> or an account; null for what a person sees first.</summary>
    public string? Of { get; init; }

    public UsageSort? Sort { get; init; }

    public string? Cursor { get; init; }

    public const string Everyone = "all";

    public const string Me = "me";

    public string Href => Address("/usage", Parts());

    public static UsageView At(Uri uri)
    {
        var query = QueryHelpers.ParseQuery(uri.Query);
        var (from, to) = (Day(query, "from"), Day(query, "to"));
        var own = from is not null && to is not null && from <= to && to.Value.DayNumber - from.Value.DayNumber < UsageQuery.MostDays;
        return new UsageView
        {
            Last = own ? null : int.TryParse(Text(query, "last"), NumberStyles.None, CultureInfo.InvariantCulture, out var last) && Stretches.Contains(last) ? last : 30,
            From = own ? from : null,
            To = own ? to : null,
            By = One<UsageBy>(query, "by") ?? UsageBy.Day,
            Of = Text(query, "of"),
            Sort = One<UsageSort>(query, "sort"),
            Cursor = Text(query, "cursor"),
        };
    }

    /// <summary>The same from its beginning.</summary>
    public UsageView First() => this with { Cursor = null };

    public UsageView Days(int last) => First() with { Last = last, From = null, To = null };

    /// <summary>Other rows: their order is theirs.</summary>
    public UsageView Rows(UsageBy by) => First() with { By = by, Sort = null };

    /// <summary>Somebody else's. What both have, stays.</summary>
    public UsageView Whose(string of) => First() with { Of = of, By = By is UsageBy.Person or UsageBy.Token ? UsageBy.Day : By, Sort = null };

    /// <summary>Days the reader chose; what is missing of them is what is shown now.</summary>
    public UsageView Between(DateOnly from, DateOnly to)
    {
        if (from > to) (from, to) = (to, from);
        if (to.DayNumber - from.DayNumber >= UsageQuery.MostDays) from = to.AddDays(1 - UsageQuery.MostDays);
        return First() with { Last = null, From = from, To = to };
    }

    public (DateOnly From, DateOnly To) Range(DateOnly today) => From is { } from && To is { } to ? (from, to) : (today.AddDays(1 - (Last ?? 30)), today);

    /// <summary>Whose use that is to this person; null for everyone's.</summary>
    public string? AccountFor(string self, bool isAdmin) => (Of ?? (isAdmin ? Everyone : Me)) switch
    {
        Everyone => null,
        Me => self,
        var other => other,
    };

    public UsageQuery Query(DateOnly today, string? account)
    {
        var (from, to) = Range(today);
        var query = new UsageQuery(from, to, By, account);
        return Sort is { } sort ? query with { Sort = sort, Cursor = Cursor } : query with { Cursor = Cursor };
    }

    public static string ExportHref(UsageQuery query, string format) => Address("/api/v1/usage/export",
        [("format", format), ("from", Text(query.From)), ("to", Text(query.To)), ("by", Word(query.By)), ("account", query.Account), ("sort", Word(query.Sort))]);

    public static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private IEnumerable<(string Name, string? Value)> Parts() =>
    [
        ("last", Last is { } last and not 30 ? last.ToString(CultureInfo.InvariantCulture) : null), ("from", From is { } from ? Text(from) : null), ("to", To is { } to ? Text(to) : null),
        ("by", By == UsageBy.Day ? null : Word(By)), ("of", Of), ("sort", Sort is { } sort ? Word(sort) : null), ("cursor", string.IsNullOrEmpty(Cursor) ? null : Cursor),
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

    private static string? Text(Dictionary<string, StringValues> query, string name) =>
        query.TryGetValue(name, out var values) && values.FirstOrDefault() is { Length: > 0 and <= 2_000 } text ? text : null;

    private static DateOnly? Day(Dictionary<string, StringValues> query, string name) =>
        DateOnly.TryParseExact(Text(query, name), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private static T? One<T>(Dictionary<string, StringValues> query, string name) where T : struct, Enum =>
        Text(query, name) is { } text ? Enum.GetValues<T>().Where(v => Word(v) == text).Select(v => (T?)v).FirstOrDefault() : null;

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
