using Microsoft.AspNetCore.Components.Server.Circuits;

namespace ControlChat.App.AgentChats;

/// <summary>Tells the chat of a circuit whether its page can be reached. Scoped: one per circuit.</summary>
internal sealed class AgentCircuit : CircuitHandler
{
    /// <summary>Raised on any thread when the page can be reached again.</summary>
    public event Action? Returned;

    /// <summary>The chat that is open on the page.</summary>
    public OpenChat? Chat { get; set; }

    public override Task OnConnectionDownAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        Chat?.Lose();
        return Task.CompletedTask;
    }

    public override Task OnConnectionUpAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        Chat?.Return();
        Returned?.Invoke();
        return Task.CompletedTask;
    }
}
