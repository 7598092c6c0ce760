using System.Threading.Channels;
using ControlChat.Core.Bus;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;

namespace ControlChat.App.Live;

/// <summary>
/// One conversation's feed for all its readers in this process: one tail of the bus, one read of the store for each wake-up,
/// however many are looking.
/// </summary>
internal sealed class ConversationFeed(string conversationId, IBus bus, HubDatabase database, IConversationLog log, TimeProvider time) : IDisposable
{
    private const int Batch = 500;

    // A wake-up is lost when the process that committed died before it told: then the store is what tells, this much later.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private bool _started;
    private readonly Lock _gate = new();
    private readonly List<FeedSubscription> _readers = [];
    private readonly GrowingAnswers _growing = new();
    private readonly CancellationTokenSource _stop = new();
    private long _seq;
    private bool _closed;

    public string ConversationId => conversationId;

    /// <summary>Adds a reader: it gets every item from now on, after what is growing already. Null when the feed has ended.</summary>
    public FeedSubscription? TryAdd(Action<ConversationFeed, FeedSubscription> left)
    {
        lock (_gate)
        {
            if (_closed) return null;
            var reader = new FeedSubscription(r => left(this, r));
            foreach (var piece in _growing.Snapshot()) reader.Offer(piece);
            _readers.Add(reader);
            return reader;
        }
    }

    /// <returns>True when nobody is left and the feed has ended.</returns>
    public bool Remove(FeedSubscription reader)
    {
        lock (_gate)
        {
            _readers.Remove(reader);
            if (_readers.Count > 0 || _closed) return false;
            _closed = true;
        }
        _stop.Cancel();
        return true;
    }

    /// <summary>Completes when the feed follows; from then on a reader that looks at the store misses nothing.</summary>
    public Task Ready => _ready.Task;

    /// <summary>True for the one who must run it.</summary>
    public bool TryStart() => !Interlocked.Exchange(ref _started, true);

    /// <summary>Runs until nobody reads, or until the database fails: then readers are closed and come again.</summary>
    public async Task RunAsync()
    {
        try
        {
            // Subscribed first, so that nothing between the look at the store and the first wake-up is missed.
            var tail = bus.TailAsync(Topics.Stream(conversationId), IBus.Oldest, _stop.Token);
            await LookAsync();
            _ready.TrySetResult();
            await Task.WhenAll(FollowAsync(tail), ReadAsync(), WatchAsync());
        }
        catch (Exception e)
        {
            Close(e);
            if (e is not (OperationCanceledException or HubUnavailableException)) throw;
        }
    }

    public void Dispose() => _stop.Dispose();

    private async Task LookAsync()
    {
        await using var reader = await database.ReadAsync(_stop.Token);
        _seq = await reader.FindAsync<long?>("select last_seq from conversations where id = @conversationId", new { conversationId }, _stop.Token) ?? 0;
        var stored = await reader.QueryAsync<string>(
            "select id from messages where conversation_id = @conversationId order by seq desc limit 200", new { conversationId }, _stop.Token);
        foreach (var message in stored) _growing.Store(message);
    }

    private async Task FollowAsync(IAsyncEnumerable<BusEntry> tail)
    {
        try
        {
            while (!await TryFollowAsync(tail))
            {
                // The bus lost its place, not the store: follow anew, then look. A growing answer that misses a piece stands still until its
                // speaker says it again, or the stored message replaces it.
                tail = bus.TailAsync(Topics.Stream(conversationId), IBus.Oldest, _stop.Token);
                _wake.Writer.TryWrite(true);
            }
        }
        finally
        {
            // Whichever loop ends, ends the other.
            await _stop.CancelAsync();
        }
    }

    /// <returns>False at a gap.</returns>
    private async Task<bool> TryFollowAsync(IAsyncEnumerable<BusEntry> tail)
    {
        try
        {
            await foreach (var entry in tail) Take(entry);
            return true;
        }
        catch (BusGapException)
        {
            return false;
        }
    }

    private void Take(BusEntry entry)
    {
        if (Deltas.Read(entry.Message.Payload) is { } delta)
        {
            lock (_gate)
            {
                if (_growing.Take(delta) is { } fresh) Offer(fresh);
            }
            return;
        }
        // Many wake-ups that come together are one.
        _wake.Writer.TryWrite(true);
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _wake.Reader.WaitToReadAsync(_stop.Token))
            {
                _wake.Reader.TryRead(out _);
                await ReadFreshAsync();
            }
        }
        finally
        {
            await _stop.CancelAsync();
        }
    }

    private async Task WatchAsync()
    {
        if (!bus.IsShared) return;
        using var timer = new PeriodicTimer(LookEvery, time);
        while (await timer.WaitForNextTickAsync(_stop.Token))
            if (await LastSeqAsync() > Volatile.Read(ref _seq)) _wake.Writer.TryWrite(true);
    }

    private async Task<long> LastSeqAsync()
    {
        try
        {
            await using var reader = await database.ReadAsync(_stop.Token);
            return await reader.FindAsync<long?>("select last_seq from conversations where id = @conversationId", new { conversationId }, _stop.Token) ?? 0;
        }
        catch (HubUnavailableException)
        {
            // Nothing new can be there either; the next look is soon.
            return 0;
        }
    }

    private async Task ReadFreshAsync()
    {
        IReadOnlyList<StoredEvent> fresh;
        await using (var reader = await database.ReadAsync(_stop.Token))
            fresh = await log.ReadAsync(reader, conversationId, _seq, Batch, _stop.Token);
        lock (_gate)
        {
            foreach (var stored in fresh) Pass(stored);
            if (fresh.Count == 0) Offer(new FeedItem.Changed());
        }
        if (fresh.Count == Batch) _wake.Writer.TryWrite(true);
    }

    private void Pass(StoredEvent stored)
    {
        Volatile.Write(ref _seq, stored.Seq);
        if (stored.Type == ConversationEvents.Message) _growing.Store(Deltas.MessageIdOf(stored.Data));
        Offer(new FeedItem.Stored(stored));
    }

    private void Offer(FeedItem item)
    {
        foreach (var reader in _readers) reader.Offer(item);
    }

    private void Close(Exception fault)
    {
        lock (_gate)
        {
            _closed = true;
            foreach (var reader in _readers) reader.Close(fault);
        }
        _ready.TrySetException(fault);
    }
}
