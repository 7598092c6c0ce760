using Microsoft.AspNetCore.Components.Server.Circuits;

namespace ControlChat.App.Layout;

/// <summary>Tells the frame of a circuit that its page can be reached again: what was said meanwhile it did not hear. Scoped: one per circuit.</summary>
internal sealed class ShellCircuit : CircuitHandler
{
    /// <summary>Raised on any thread.</summary>
    public event Action? Returned;

    public override Task OnConnectionUpAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        Returned?.Invoke();
        return Task.CompletedTask;
    }
}
