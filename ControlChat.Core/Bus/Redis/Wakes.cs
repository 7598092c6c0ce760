namespace ControlChat.Core.Bus.Redis;

/// <summary>The signals of the topics that somebody in this process waits for.</summary>
internal sealed class Wakes
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public void Raise(string topic)
    {
        Entry? found;
        lock (_gate) found = _entries.GetValueOrDefault(topic);
        found?.Signal.Raise();
    }

    /// <summary>Begins to hear of a topic; disposing ends it.</summary>
    public Listener Enter(string topic)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(topic, out var entry)) _entries[topic] = entry = new Entry();
            entry.Listeners++;
            return new Listener(this, topic, entry.Signal);
        }
    }

    private void Leave(string topic)
    {
        lock (_gate)
        {
            if (--_entries[topic].Listeners == 0) _entries.Remove(topic);
        }
    }

    private sealed class Entry
    {
        public Signal Signal { get; } = new();

        public int Listeners { get; set; }
    }

    public sealed class Listener(Wakes wakes, string topic, Signal signal) : IDisposable
    {
        public long Seen => signal.Version;

        /// <summary>Until a wake-up came after <paramref name="seen"/>, or the time is over: wake-ups may be lost.</summary>
        public async Task WaitAsync(long seen, TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(signal.WaitAsync(seen, either.Token), Task.Delay(atMost, time, either.Token));
            await either.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }

        public void Dispose() => wakes.Leave(topic);
    }
}
