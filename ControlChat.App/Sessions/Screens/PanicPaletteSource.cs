using ControlChat.App.SignIn;
using ControlChat.App.Ui;

namespace ControlChat.App.Sessions.Screens;

/// <summary>"panic": the page of sessions with its question open; nothing ends before a person has answered that.</summary>
internal sealed class PanicPaletteSource(CircuitPrincipal who) : IPaletteSource
{
    private const string Mine = "Panic stop: end my sessions";
    private const string All = "Panic stop: end my sessions, or everybody's";

    public int Order => 20;

    public ValueTask<IReadOnlyList<PaletteGroup>> FindAsync(string text, CancellationToken cancellationToken) =>
        new(who.Current is { } person && text.Length > 1 && All.Contains(text, StringComparison.OrdinalIgnoreCase)
            ? [new PaletteGroup("Do", [new PaletteEntry(person.IsAdmin ? All : Mine, "stop", "asks once", SessionsQuery.Panic)])] : []);
}
