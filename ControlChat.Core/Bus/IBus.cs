namespace ControlChat.Core.Bus;

/// <summary>
/// Ordered topics with at-least-once delivery. Messages about work carry ids, never authority or content that matters;
/// deltas are text to show until the stored message replaces it. Topics <c>stream:*</c> live in memory, bounded; all others are kept.
/// </summary>
public interface IBus
{
    /// <summary>The cursor before everything still kept: a tail from here never reports a gap.</summary>
    const string Oldest = "0";

    /// <summary>
    /// Other processes append too. One that ends between its commit and its wake-up never sends it, so whoever waits for one looks by
    /// itself as well, every few seconds.
    /// </summary>
    bool IsShared => false;

    /// <returns>The entry's id, increasing within the topic.</returns>
    /// <exception cref="Hub.HubUnavailableException">The bus does not serve now; the same message may be appended again.</exception>
    Task<string> AppendAsync(string topic, BusMessage message, CancellationToken cancellationToken);

    /// <summary>
    /// Appends to a <c>stream:*</c> topic without waiting for the bus's answer, in the order of the calls. What a bus that does not
    /// serve cannot take is dropped: for deltas, which the stored message replaces.
    /// </summary>
    ValueTask PostAsync(string topic, BusMessage message, CancellationToken cancellationToken) => new(AppendAsync(topic, message, cancellationToken));

    /// <summary>Rises when something posted may have been lost: whoever posts a growing answer then says it again from its beginning.</summary>
    long Losses => 0;

    /// <summary>
    /// Every entry after <paramref name="after"/> (null: from now on), then new ones as they come. A cursor is an entry's id
    /// or, slower, a message's: the bus looks for its entry.
    /// "Now" is the moment of the call, not of the first read: subscribe, read the store, then read the tail.
    /// </summary>
    /// <exception cref="BusGapException">Entries after the cursor were trimmed or lost, or the reader was too slow.</exception>
    IAsyncEnumerable<BusEntry> TailAsync(string topic, string? after, CancellationToken cancellationToken);

    /// <summary>
    /// Takes entries of the topic for one consumer of a group until cancelled, one at a time. A new group starts with everything kept.
    /// A handler that throws is tried again later, up to <see cref="MaxDeliveries"/> times in all; then the entry is a dead letter.
    /// </summary>
    Task ConsumeAsync(string topic, string group, string consumer, Func<BusEntry, CancellationToken, Task> handler, CancellationToken cancellationToken);

    /// <summary>The dead letters of a topic (null: of all), oldest first, at most 200.</summary>
    Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(string? topic, CancellationToken cancellationToken);

    /// <summary>How many dead letters there are.</summary>
    async Task<long> CountDeadLettersAsync(CancellationToken cancellationToken) => (await DeadLettersAsync(null, cancellationToken)).Count;

    /// <summary>Appends the dead letter's message again, as a new entry with the same message id, and removes the letter.</summary>
    /// <returns>False when there is no such letter.</returns>
    Task<bool> ReplayAsync(string topic, string group, string entryId, CancellationToken cancellationToken);

    /// <summary>Answers within a second whether the bus serves.</summary>
    Task<bool> IsHealthyAsync(CancellationToken cancellationToken);

    /// <summary>What the operator must change before this bus may be used, in one line that names the setting; null when nothing.</summary>
    Task<string?> RefusalAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    /// <summary>The same while it does not serve, as far as is known without asking. It names no place and no secret.</summary>
    string? Fault => null;

    /// <summary>Deliveries of one entry to one group before it becomes a dead letter.</summary>
    const int MaxDeliveries = 5;
}

/// <param name="Id">Canonical UUID; duplicates are removed by it.</param>
/// <param name="Payload">JSON text.</param>
public sealed record BusMessage(Guid Id, string Payload)
{
    public static BusMessage New(string payload) => new(Guid.CreateVersion7(), payload);
}

/// <param name="EntryId">The bus's own cursor.</param>
public sealed record BusEntry(string Topic, string EntryId, BusMessage Message);

/// <param name="Attempts">Deliveries that failed.</param>
/// <param name="LastError">The last failure, in one line.</param>
public sealed record DeadLetter(string Topic, string Group, string EntryId, BusMessage Message, int Attempts, DateTimeOffset FailedAt, string LastError);

/// <summary>What a cursor asked for is gone; read the store instead.</summary>
public sealed class BusGapException(string message) : Exception(message);
