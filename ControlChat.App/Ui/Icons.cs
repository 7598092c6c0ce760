using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Components;

namespace ControlChat.App.Ui;

/// <summary>
/// Drawings of <c>wwwroot/icons.svg</c>. They say nothing to a screen reader: the word beside one, or the button's label, does.
/// A piece of markup and no component: a page has hundreds of them, and every component costs its circuit 2 KiB.
/// </summary>
public static class Icons
{
    private static readonly SearchValues<char> Letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz");
    private static readonly ConcurrentDictionary<(string Sprite, string Name, bool Small), MarkupString> Drawn = new();

    /// <param name="name">The id of a symbol: "ok", "trash", "shield"…</param>
    /// <exception cref="ArgumentException">The name has something else than small letters.</exception>
    public static MarkupString Of(ResourceAssetCollection assets, string name) => Draw(assets, name, small: false);

    /// <summary>14 px instead of 16, for use inside small text.</summary>
    /// <inheritdoc cref="Of"/>
    public static MarkupString Small(ResourceAssetCollection assets, string name) => Draw(assets, name, small: true);

    private static MarkupString Draw(ResourceAssetCollection assets, string name, bool small)
    {
        // It becomes markup, so it has to be what a name in the code is.
        if (name.AsSpan().ContainsAnyExcept(Letters)) throw new ArgumentException($"'{name}' is no name of an icon.", nameof(name));
        return Drawn.GetOrAdd((assets["icons.svg"], name, small), static key =>
            new MarkupString($"""<svg class="{(key.Small ? "i s" : "i")}" viewBox="0 0 16 16" aria-hidden="true"><use href="/{key.Sprite}#{key.Name}"></use></svg>"""));
    }
}
