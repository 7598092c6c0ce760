using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace ControlChat.Core.Bus.Local;

/// <summary>The <c>stream:*</c> topics: in memory, made when first used, dropped when nobody reads and nothing comes for five minutes.</summary>
internal sealed class StreamTopics : IDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(5);
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, StreamTopic> _topics = new(StringComparer.Ordinal);
    private readonly ITimer _sweep;

    public StreamTopics(TimeProvider time)
    {
        _time = time;
        _sweep = time.CreateTimer(_ => DropIdle(), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
    }

    public int Count => _topics.Count;

    public string Append(string topic, BusMessage message)
    {
        while (true)
        {
            if (Topic(topic).Append(message, Now) is { } id) return id;
            Thread.Yield();
        }
    }

    // Not an iterator itself: the cursor is fixed when this is called, not when the first entry is read.
    public IAsyncEnumerable<BusEntry> Tail(string topic, string? after, CancellationToken cancellationToken)
    {
        while (true)
        {
            var found = Topic(topic);
            if (found.TryOpen(after, out var cursor)) return ReadAsync(found, cursor, cancellationToken);
            Thread.Yield();
        }
    }

    public void Dispose() => _sweep.Dispose();

    // Numbers start at the clock's microseconds: they rise over restarts, and an old cursor shows as a gap.
    private long Now => _time.GetUtcNow().Ticks / TimeSpan.TicksPerMicrosecond;

    private StreamTopic Topic(string name) => _topics.GetOrAdd(name, static (name, now) => new StreamTopic(name, now), Now);

    private async IAsyncEnumerable<BusEntry> ReadAsync(StreamTopic topic, long cursor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            var batch = new List<BusEntry>();
            while (true)
            {
                await topic.ReadAsync(cursor, batch, cancellationToken);
                foreach (var entry in batch) yield return entry;
                cursor += batch.Count;
                batch.Clear();
            }
        }
        finally
        {
            topic.Close(Now);
        }
    }

    private void DropIdle()
    {
        var before = Now - (long)Idle.TotalMicroseconds;
        foreach (var (name, topic) in _topics)
        {
            if (topic.TryDrop(before)) _topics.TryRemove(KeyValuePair.Create(name, topic));
        }
    }
}
