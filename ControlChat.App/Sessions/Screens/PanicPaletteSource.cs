using ControlChat.App.SignIn;
using ControlChat.App.Ui;

namespace ControlChat.App.Sessions.Screens;

/// <summary>"panic": the page of sessions with its question open; nothing ends before a person has answered that.</summary>
internal sealed class PanicPaletteSource(CircuitPrincipal who) : IPaletteSource
{
    private static string Mine => Texts.PanicStopMine;
    private static string All => Texts.PanicStopMineOrAll;

    public int Order => 20;

    public ValueTask<IReadOnlyList<PaletteGroup>> FindAsync(string text, CancellationToken cancellationToken) =>
        new(who.Current is { } person && text.Length > 1 && All.Contains(text, StringComparison.OrdinalIgnoreCase)
            ? [new PaletteGroup(Texts.PaletteGroupDo, [new PaletteEntry(person.IsAdmin ? All : Mine, "stop", Texts.AsksOnce, SessionsQuery.Panic)])] : []);
}
