using ControlChat.Core.Hub;

namespace ControlChat.App.Api;

/// <summary>A page of a keyset list over HTTP: <c>{items, next_cursor}</c>.</summary>
/// <param name="Items">At most the limit asked for.</param>
/// <param name="NextCursor">Opaque; null on the last page.</param>
public sealed record PageBody<T>(IReadOnlyList<T> Items, string? NextCursor);

public static class Pages
{
    public static IResult Page<T>(IReadOnlyList<T> items, string? nextCursor) => Results.Json(new PageBody<T>(items, nextCursor), Json.Wire);

    /// <summary>The <c>limit</c> of a list's query.</summary>
    /// <exception cref="ApiException">422: outside 1 to <paramref name="most"/>.</exception>
    public static int Limit(int? asked, int usual = 50, int most = 200) =>
        asked is null ? usual : asked >= 1 && asked <= most ? asked.Value : throw ApiException.Invalid($"limit is {asked}; use 1 to {most}.");
}
