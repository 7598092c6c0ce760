using System.Globalization;
using System.Runtime.CompilerServices;
using ControlChat.Core.Hub;
using StackExchange.Redis;

namespace ControlChat.Core.Bus.Redis;

/// <summary>
/// One reader of a topic without a group. A lost connection is waited for and the cursor goes on; what makes the cursor meaningless
/// (trimmed entries, an emptied database, a server started anew) is a gap.
/// </summary>
internal sealed class RedisTail
{
    private const int Batch = 256;
    private const string End = "$";
    private readonly RedisLink _link;
    private readonly Wakes _wakes;
    private readonly RedisTiming _timing;
    private readonly TimeProvider _time;
    private readonly string _topic;
    private readonly Task<Place?> _opening;

    /// <summary>"From now" is the moment of this call: its question is on the wire before what the caller sends next.</summary>
    public RedisTail(RedisLink link, Wakes wakes, RedisTiming timing, TimeProvider time, string topic, string? after, CancellationToken cancellationToken)
    {
        (_link, _wakes, _timing, _time, _topic) = (link, wakes, timing, time, topic);
        _opening = TryOpenAsync(after, cancellationToken);
    }

    public async IAsyncEnumerable<BusEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var wake = _wakes.Enter(_topic);
        if (await _opening is not { } place)
        {
            await UntilServedAsync(End, cancellationToken);
            throw new BusGapException($"{_topic} could not be opened at once; what came meanwhile is not known.");
        }
        while (true)
        {
            var seen = wake.Seen;
            var batch = await NextAsync(place, cancellationToken);
            foreach (var entry in batch)
                if (Entries.Read(_topic, entry) is { } known)
                    yield return known;
            if (batch.Count < Batch) await wake.WaitAsync(seen, _timing.Poll, _time, cancellationToken);
        }
    }

    // Never throws what nobody might await: a tail may be dropped before it is read.
    private async Task<Place?> TryOpenAsync(string? after, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(after, cancellationToken);
        }
        catch (Exception e) when (e is HubUnavailableException or OperationCanceledException)
        {
            return null;
        }
    }

    private async Task<Place> OpenAsync(string? after, CancellationToken cancellationToken)
    {
        var generation = _link.Generation;
        if (Guid.TryParseExact(after, "d", out var message)) after = await FindAsync(message, cancellationToken);
        var fault = after == "";
        var state = await AskAsync(End, cancellationToken);
        return new Place
        {
            Generation = generation,
            Epoch = state.Epoch,
            Read = after is null ? state.Added : null,
            Cursor = after is null ? state.Last : fault ? default : StreamId.Parse(after),
            Lost = fault || (after is not (null or IBus.Oldest) && state.Added == 0),
        };
    }

    private async Task<IReadOnlyList<RedisResult>> NextAsync(Place place, CancellationToken cancellationToken)
    {
        var state = await UntilServedAsync(place.Cursor.ToString(), cancellationToken);
        if (place.Lost || place.Generation != _link.Generation || place.Misses(state)) throw new BusGapException($"Entries of {_topic} are gone.");
        place.Advance(state);
        return state.Entries;
    }

    private async Task<State> UntilServedAsync(string cursor, CancellationToken cancellationToken)
    {
        var pause = _timing.Reconnect;
        while (true)
        {
            try
            {
                return await AskAsync(cursor, cancellationToken);
            }
            catch (HubUnavailableException)
            {
                await Task.Delay(pause, _time, cancellationToken);
                pause = pause * 2 < _timing.Poll ? pause * 2 : _timing.Poll;
            }
        }
    }

    /// <summary>The entry before which a message id stands, by looking from the newest back; empty when it is not kept.</summary>
    private async Task<string> FindAsync(Guid message, CancellationToken cancellationToken)
    {
        var before = "+";
        while (true)
        {
            var page = (RedisResult[])await _link.CallAsync("XREVRANGE", [_topic, before, "-", "COUNT", Batch.ToString(CultureInfo.InvariantCulture)], cancellationToken);
            foreach (var entry in page)
                if (Entries.Read(_topic, entry) is { } known && known.Message.Id == message)
                    return known.EntryId;
            if (page.Length < Batch) return "";
            before = "(" + (string)((RedisResult[])page[^1])[0];
        }
    }

    private async Task<State> AskAsync(string cursor, CancellationToken cancellationToken)
    {
        object[] arguments = [cursor, Batch.ToString(CultureInfo.InvariantCulture), Guid.NewGuid().ToString("d")];
        string[] keys = [_topic, RedisKeys.Epoch];
        // "From now" must not move behind what is sent next, as it would when the server does not know the script's name.
        var answer = (RedisResult[])await (cursor == End
            ? _link.RunTextAsync(RedisScript.Read, keys, arguments, cancellationToken)
            : _link.RunAsync(RedisScript.Read, keys, arguments, cancellationToken));
        return new State((string)answer[0], (long)answer[1], (long)answer[2], StreamId.Parse((string)answer[3]), StreamId.Parse((string)answer[4]), (RedisResult[])answer[5]);
    }

    /// <param name="Added">Entries this stream ever had; a stream that was deleted and made anew counts from 0.</param>
    private sealed record State(string Epoch, long Added, long Kept, StreamId First, StreamId Last, IReadOnlyList<RedisResult> Entries)
    {
        public long Trimmed => Added - Kept;
    }

    private sealed class Place
    {
        public required int Generation { get; init; }

        public required string Epoch { get; init; }

        public required StreamId Cursor { get; set; }

        /// <summary>How many of the stream's entries lie at or before the cursor; null: not known yet.</summary>
        public required long? Read { get; set; }

        public required bool Lost { get; init; }

        private bool IsOldest => Read is null && Cursor == default;

        public bool Misses(State state)
        {
            if (state.Epoch != Epoch) return true;
            // Idle streams expire; the next entry makes them anew.
            if (state.Added == 0 || IsOldest) return false;
            if (state.Last.CompareTo(Cursor) < 0 || state.Added < Read + state.Entries.Count) return true;
            return Read is { } read ? state.Trimmed > read : Cursor.CompareTo(state.First) < 0;
        }

        public void Advance(State state)
        {
            if (IsOldest) Read = state.Trimmed;
            if (state.Entries.Count > 0) Cursor = StreamId.Parse((string)((RedisResult[])state.Entries[^1])[0]);
            Read += state.Entries.Count;
            // At the end, the count is known for every cursor.
            if (state.Entries.Count < Batch) Read = state.Added;
        }
    }
}
