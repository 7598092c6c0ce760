using System.Threading.Channels;

namespace ControlChat.App.Live;

/// <summary>One reader of a conversation. Bounded: who falls behind is closed and resumes from the store, never silently skipped.</summary>
public sealed class FeedSubscription : IDisposable
{
    /// <summary>Items that may wait for their reader.</summary>
    public const int Capacity = 2048;

    private readonly Channel<FeedItem> _items = Channel.CreateBounded<FeedItem>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly Action<FeedSubscription> _left;

    internal FeedSubscription(Action<FeedSubscription> left) => _left = left;

    /// <summary>Items as they come. Completes with <see cref="SlowReaderException"/> when the reader fell behind.</summary>
    public ChannelReader<FeedItem> Items => _items.Reader;

    /// <summary>What has come and is not taken yet, one by one; it ends where waiting would begin.</summary>
    public IEnumerable<FeedItem> TakeWaiting()
    {
        while (_items.Reader.TryRead(out var item)) yield return item;
    }

    public void Dispose()
    {
        _items.Writer.TryComplete();
        _left(this);
    }

    internal void Offer(FeedItem item)
    {
        if (!_items.Writer.TryWrite(item)) Close(new SlowReaderException());
    }

    internal void Close(Exception fault) => _items.Writer.TryComplete(fault);
}

/// <summary>The reader did not keep up; it goes on from its cursor with a new subscription.</summary>
public sealed class SlowReaderException() : Exception("The reader did not keep up.");
