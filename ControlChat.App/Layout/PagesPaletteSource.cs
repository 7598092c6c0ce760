using ControlChat.App.Ui;

namespace ControlChat.App.Layout;

/// <summary>The pages, by name.</summary>
internal sealed class PagesPaletteSource(IShellFacts facts) : IPaletteSource
{
    public int Order => 50;

    public async ValueTask<IReadOnlyList<PaletteGroup>> FindAsync(string text, CancellationToken cancellationToken)
    {
        var rooms = Rooms.On(await facts.ReadAsync(cancellationToken))
            .Where(room => text.Length == 0 || room.Title.Contains(text, StringComparison.OrdinalIgnoreCase))
            .Select(room => new PaletteEntry(room.Title, room.Icon, room.Key is { } key ? $"G {char.ToUpperInvariant(key)}" : Texts.PageHint, room.Href));
        PaletteEntry[] entries = [.. rooms];
        return entries.Length == 0 ? [] : [new PaletteGroup(Texts.Pages, entries)];
    }
}
