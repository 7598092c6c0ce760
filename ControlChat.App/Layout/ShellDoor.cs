using Microsoft.JSInterop;

namespace ControlChat.App.Layout;

/// <summary>What js/keys.js may call.</summary>
internal sealed class ShellDoor(Func<Task> toggleDock)
{
    [JSInvokable]
    public Task ToggleDock() => toggleDock();
}

/// <summary>What the browser says about itself at the start.</summary>
/// <param name="TimeZone">IANA name.</param>
/// <param name="Dock">Ask stood beside the pages.</param>
/// <param name="Agent">The chat this tab had open before it was loaded again; null: none.</param>
internal sealed record BrowserFacts(string TimeZone, bool Dock, BrowserAgent? Agent = null);

/// <param name="Session">The session's id.</param>
/// <param name="Account">Whose chat it was: somebody else may have signed in in the same tab.</param>
internal sealed record BrowserAgent(string Session, string? Account);
