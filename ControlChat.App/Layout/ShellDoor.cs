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
/// <param name="Agent">The session whose chat this tab had open before it was loaded again; null: none.</param>
internal sealed record BrowserFacts(string TimeZone, bool Dock, string? Agent = null);
