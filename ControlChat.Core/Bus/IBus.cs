namespace ControlChat.Core.Bus;

/// <summary>
/// Ordered topics with at-least-once delivery. Messages about work carry ids, never authority or content that matters;
/// deltas are text to show until the stored message replaces it.
/// </summary>
public interface IBus
{
    /// <returns>The entry's id, increasing within the topic.</returns>
    Task<string> AppendAsync(string topic, BusMessage message, CancellationToken cancellationToken);

    /// <summary>Every entry after <paramref name="after"/> (null: from now on), then new ones as they come.</summary>
    /// <exception cref="BusGapException">Entries after the cursor were trimmed, or the reader was too slow.</exception>
    IAsyncEnumerable<BusEntry> TailAsync(string topic, string? after, CancellationToken cancellationToken);

    /// <summary>Takes entries of the topic for one consumer of a group until cancelled; a handler that throws is tried again, then dead-lettered.</summary>
    Task ConsumeAsync(string topic, string group, string consumer, Func<BusEntry, CancellationToken, Task> handler, CancellationToken cancellationToken);

    /// <summary>Answers within a second whether the bus serves.</summary>
    Task<bool> IsHealthyAsync(CancellationToken cancellationToken);
}

/// <param name="Id">Canonical UUID; duplicates are removed by it.</param>
/// <param name="Payload">JSON text.</param>
public sealed record BusMessage(Guid Id, string Payload);

/// <param name="EntryId">The bus's own cursor.</param>
public sealed record BusEntry(string Topic, string EntryId, BusMessage Message);

/// <summary>What a cursor asked for is gone; read the store instead.</summary>
public sealed class BusGapException(string message) : Exception(message);
