using Microsoft.JSInterop;

namespace ControlChat.App.Sessions.Screens;

/// <summary>By which a terminal's script tells how it stands.</summary>
public sealed class TerminalDoor(Func<TerminalSight, Task> hear)
{
    [JSInvokable]
    public Task Hear(TerminalSight sight) => hear(sight);
}

/// <param name="Connection">connecting, live, waiting, ended, denied, signed-out, closed.</param>
/// <param name="InControl">This window types.</param>
/// <param name="Wish">Who asks for control while this window has it; null: nobody.</param>
public sealed record TerminalSight(string Connection, bool InControl, string? Wish);
