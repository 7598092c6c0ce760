namespace ControlChat.App.Ui;

/// <summary>Something the palette can find things in. Register any number; groups are shown in the order of <see cref="Order"/>.</summary>
public interface IPaletteSource
{
    /// <summary>Agent -10, Ask 0 (built in; what is below stands before it), Workspaces 10, Do 20, Messages 30, Audit 40, Pages 50.</summary>
    int Order { get; }

    /// <param name="text">What is typed, trimmed; may be empty.</param>
    /// <returns>At most a handful of entries a group; an empty list when nothing fits.</returns>
    ValueTask<IReadOnlyList<PaletteGroup>> FindAsync(string text, CancellationToken cancellationToken);
}

public sealed record PaletteGroup(string Title, IReadOnlyList<PaletteEntry> Entries);

/// <summary>An entry leads somewhere (<paramref name="Href"/>), asks (<paramref name="Ask"/>), or does something on this page (<paramref name="Act"/>): one of them.</summary>
/// <param name="Hint">What will happen, or where it is: "shows a plan", "done at once", "active, 4 min ago".</param>
/// <param name="Href">An address below the base.</param>
/// <param name="Ask">Text for the control agent, in a new conversation.</param>
/// <param name="Send">False when the text still wants words of the person: it is put into the composer only.</param>
/// <param name="Act">Called on the page's dispatcher, after the palette has closed.</param>
public sealed record PaletteEntry(string Title, string Icon, string Hint = "", string? Href = null, string? Ask = null, bool Send = true, Action? Act = null);
