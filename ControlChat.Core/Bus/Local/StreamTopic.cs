using System.Globalization;

namespace ControlChat.Core.Bus.Local;

/// <summary>One topic in memory: the newest entries in a ring, and a signal. Readers keep their own cursor; the slow one gets a gap.</summary>
internal sealed class StreamTopic(string name, long start)
{
    /// <summary>Entries kept; a reader that is further behind is told of the gap.</summary>
    public const int Capacity = 4096;

    private readonly Lock _gate = new();
    private readonly Signal _signal = new();
    private BusEntry[] _ring = new BusEntry[16];

    // Entries (_floor, _last] are kept; entry n lies at n modulo the ring's length.
    private long _floor = start;
    private long _last = start;
    private int _readers;
    private long _touched;
    private bool _dropped;

    /// <returns>The entry's id, or null when the topic was dropped meanwhile and must be made anew.</returns>
    public string? Append(BusMessage message, long now)
    {
        string id;
        lock (_gate)
        {
            if (_dropped) return null;
            if (_last - _floor == _ring.Length && !Grow()) _floor++;
            var n = ++_last;
            id = n.ToString(CultureInfo.InvariantCulture);
            _ring[n % _ring.Length] = new BusEntry(name, id, message);
            _touched = now;
        }
        _signal.Raise();
        return id;
    }

    /// <summary>Opens a cursor; false when the topic was dropped meanwhile.</summary>
    public bool TryOpen(string? after, out long cursor)
    {
        lock (_gate)
        {
            cursor = after switch
            {
                null => _last,
                IBus.Oldest => _floor,
                _ when Guid.TryParseExact(after, "d", out var message) => Find(message),
                _ => long.Parse(after, CultureInfo.InvariantCulture),
            };
            if (_dropped) return false;
            _readers++;
            return true;
        }
    }

    public void Close(long now)
    {
        lock (_gate)
        {
            _readers--;
            _touched = now;
        }
    }

    /// <summary>Fills <paramref name="batch"/> with what comes after the cursor; waits until there is something.</summary>
    /// <exception cref="BusGapException">It is no longer kept.</exception>
    public async Task ReadAsync(long cursor, List<BusEntry> batch, CancellationToken cancellationToken)
    {
        while (true)
        {
            var seen = _signal.Version;
            Copy(cursor, batch);
            if (batch.Count > 0) return;
            await _signal.WaitAsync(seen, cancellationToken);
        }
    }

    /// <summary>Drops the topic when nobody reads it and nothing came since <paramref name="before"/>.</summary>
    public bool TryDrop(long before)
    {
        lock (_gate)
        {
            if (_readers > 0 || _touched > before) return false;
            _dropped = true;
            return true;
        }
    }

    // A message that is not kept any more is before everything: reading from there is a gap.
    private long Find(Guid message)
    {
        for (var n = _last; n > _floor; n--)
            if (_ring[n % _ring.Length].Message.Id == message)
                return n;
        return -1;
    }

    private void Copy(long cursor, List<BusEntry> batch)
    {
        lock (_gate)
        {
            if (cursor < _floor) throw new BusGapException($"Entries of {name} up to {_floor} are gone.");
            var until = Math.Min(_last, cursor + 256);
            for (var n = cursor + 1; n <= until; n++) batch.Add(_ring[n % _ring.Length]);
        }
    }

    private bool Grow()
    {
        if (_ring.Length >= Capacity) return false;
        var larger = new BusEntry[_ring.Length * 2];
        for (var n = _floor + 1; n <= _last; n++) larger[n % larger.Length] = _ring[n % _ring.Length];
        _ring = larger;
        return true;
    }
}
