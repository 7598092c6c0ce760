using ControlChat.Core.Hub;

namespace ControlChat.Core.Bus;

/// <summary>The bus answers.</summary>
internal sealed class BusReadiness(IBus bus) : IReadinessPart
{
    public string Name => "bus";

    public async Task<string?> FaultAsync(CancellationToken cancellationToken) =>
        await bus.IsHealthyAsync(cancellationToken) ? null : bus.Fault ?? "The bus does not answer. With Bus:Kind redis, check Bus:Redis:Endpoint and that server.";
}
