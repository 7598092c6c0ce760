using ControlChat.Core.Telemetry;
using Microsoft.AspNetCore.Components.Server.Circuits;

namespace ControlChat.App.Telemetry;

/// <summary>Counts the pages that are connected.</summary>
internal sealed class CircuitCount : CircuitHandler
{
    public override Task OnCircuitOpenedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        Meters.CircuitOpened();
        return Task.CompletedTask;
    }

    public override Task OnCircuitClosedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        Meters.CircuitClosed();
        return Task.CompletedTask;
    }
}
