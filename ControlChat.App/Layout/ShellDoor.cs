using Microsoft.JSInterop;

namespace ControlChat.App.Layout;

/// <summary>What js/keys.js may call.</summary>
internal sealed class ShellDoor(Func<Task> toggleDock)
{
    [JSInvokable]
    public Task ToggleDock() => toggleDock();
}

/// <summary>What the browser says about itself at the start.</summary>
internal sealed record BrowserFacts(string TimeZone, bool Dock);
