using ControlChat.App.Ui;

namespace ControlChat.App.Sessions.Screens;

/// <summary>Panic stop by its name. It leads to the question, which is asked once: nothing that ends sessions stands one key away.</summary>
internal sealed class PanicPaletteSource : IPaletteSource
{
    private const string Title = "Panic stop";

    public int Order => 20;

    public ValueTask<IReadOnlyList<PaletteGroup>> FindAsync(string text, CancellationToken cancellationToken) =>
        new(text.Length > 1 && (Title.Contains(text, StringComparison.OrdinalIgnoreCase) || "stop all sessions".Contains(text, StringComparison.OrdinalIgnoreCase))
            ? [new PaletteGroup("Do", [new PaletteEntry(Title, "stop", "asks which sessions", "/sessions?panic=ask")])] : []);
}
