using ControlChat.Core.Hub;

namespace ControlChat.Core.Bus;

/// <summary>A bus that lives in the hub's own database: an outbox row becomes an entry in one commit instead of two.</summary>
internal interface ITransactionalBus
{
    Task AppendAsync(IHubTransaction transaction, string topic, BusMessage message, CancellationToken cancellationToken);

    /// <summary>Wakes the topic's readers, after the commit.</summary>
    void Committed(string topic);
}
