using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ControlChat.Core.Accounts;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Terminals.Live.Links;

/// <summary>A window's view of a terminal that another process has at work.</summary>
internal sealed class RemoteView : ITerminalView
{
    // The worker sends no more than its window of bytes, so no more frames than that.
    private const int MostUnread = (int)(LinkTiming.Window / FrameRing.Overhead) + 64;

    private readonly ConcurrentDictionary<long, TaskCompletionSource<LinkMessage>> _asked = new();
    private readonly ConcurrentDictionary<long, Channel<LinkMessage>> _reads = new();
    private readonly TaskCompletionSource<bool> _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _end = new();
    private readonly Signal _news = new();
    private readonly string _link = Credential.New();
    private readonly TopicSeal _asks;
    private readonly LinkOrder _order = new();
    private readonly IBus _bus;
    private readonly TimeProvider _time;
    private readonly Task _hearing;
    private TerminalNow? _now;
    private long _heard;
    private long _n;
    private long _said;
    private string? _pass;

    private RemoteView(string sessionId, IBus bus, LinkSeal seal, TimeProvider time)
    {
        (_asks, _bus, _time, _heard) = (seal.Of(Topics.TerminalAsks(sessionId)), bus, time, time.GetTimestamp());
        var tells = seal.Of(Topics.TerminalTells(_link));
        // From now on: before anything is asked.
        _hearing = HearAsync(bus.TailAsync(tells.Topic, null, _end.Token), tells);
    }

    public TerminalNow Now => Volatile.Read(ref _now)!;

    /// <returns>Null: its worker says no.</returns>
    /// <exception cref="HubUnavailableException">It does not answer.</exception>
    public static async Task<RemoteView?> JoinAsync(string sessionId, TerminalViewer viewer, IBus bus, LinkSeal seal, TimeProvider time, CancellationToken cancellationToken)
    {
        var view = new RemoteView(sessionId, bus, seal, time);
        try
        {
            await view.SayAsync(new LinkMessage(LinkKinds.Join, view._link)
            {
                Window = viewer.Id,
                Account = viewer.AccountId,
                Token = viewer.TokenId,
                AuthSession = viewer.AuthSessionId,
                May = viewer.MayControl,
            });
            if (await view._joined.Task.WaitAsync(LinkTiming.Patience, time, cancellationToken))
            {
                _ = view.BeatAsync();
                return view;
            }
            await view.DisposeAsync();
            return null;
        }
        catch (TimeoutException e)
        {
            await view.DisposeAsync();
            throw new HubUnavailableException("The worker of this terminal cannot be reached now.", e);
        }
        catch
        {
            await view.DisposeAsync();
            throw;
        }
    }

    public async IAsyncEnumerable<TerminalNow> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        TerminalNow? told = null;
        while (true)
        {
            var (seen, over) = (_news.Version, _hearing.IsCompleted);
            if (told != Now) yield return told = Now;
            if (over) yield break;
            await _news.WaitAsync(seen, cancellationToken);
        }
    }

    public async IAsyncEnumerable<TerminalFrame> ReadAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (n, unsaid, cursor) = (Interlocked.Increment(ref _n), 0L, after);
        var frames = _reads[n] = Channel.CreateBounded<LinkMessage>(new BoundedChannelOptions(MostUnread) { SingleReader = true });
        if (_hearing.IsCompleted) frames.Writer.TryComplete();
        try
        {
            await SayAsync(new LinkMessage(LinkKinds.Read, _link) { N = n, Seq = after });
            await foreach (var message in frames.Reader.ReadAllAsync(cancellationToken))
            {
                if (message.Kind == LinkKinds.Slow) throw new TerminalSlowException(message.From ?? cursor + 1, message.To ?? cursor + 1);
                if (message is not { Kind: LinkKinds.Frame, Seq: { } seq, Type: { } type, At: { } at }) yield break;
                if (seq <= cursor) continue;
                cursor = seq;
                var frame = new TerminalFrame(seq, at, type, message.Data);
                yield return frame;
                if (type == TerminalFrames.Ended) yield break;
                unsaid += FrameRing.SizeOf(frame);
                if (unsaid < LinkTiming.Window / 4) continue;
                unsaid = 0;
                await SayAsync(new LinkMessage(LinkKinds.Had, _link) { N = n, Seq = seq });
            }
        }
        finally
        {
            _reads.TryRemove(n, out _);
            if (!_hearing.IsCompleted) _ = LeaveOffAsync(new LinkMessage(LinkKinds.Unread, _link) { N = n });
        }
    }

    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken) =>
        await AskAsync(new LinkMessage(LinkKinds.In, _link) { Data = input.ToArray() }, cancellationToken) is { Yes: true };

    public async ValueTask<bool> ResizeAsync(TerminalSize size, CancellationToken cancellationToken) =>
        await AskAsync(new LinkMessage(LinkKinds.Resize, _link) { Size = size }, cancellationToken) is { Yes: true };

    public async Task<ControlAnswer> TakeControlAsync(CancellationToken cancellationToken) =>
        (await AskAsync(new LinkMessage(LinkKinds.Take, _link), cancellationToken)).Answer ?? ControlAnswer.Refused;

    public Task ObjectAsync(CancellationToken cancellationToken) => AskAsync(new LinkMessage(LinkKinds.Object, _link), cancellationToken);

    public Task GiveBackAsync(CancellationToken cancellationToken) => AskAsync(new LinkMessage(LinkKinds.GiveBack, _link), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_end.IsCancellationRequested) return;
        await LeaveOffAsync(new LinkMessage(LinkKinds.Leave, _link));
        await _end.CancelAsync();
        await _hearing;
        _end.Dispose();
    }

    private async Task HearAsync(IAsyncEnumerable<BusEntry> tail, TopicSeal tells)
    {
        try
        {
            await foreach (var entry in tail)
                if (LinkMessage.Read(entry.Message, tells) is { } message && message.Link == _link && _order.IsNew(message.No)) Hear(message);
        }
        catch (Exception e) when (e is OperationCanceledException or BusGapException or HubUnavailableException)
        {
            // The link is over; the window joins anew.
        }
        finally
        {
            _joined.TrySetException(new TimeoutException());
            foreach (var read in _reads.Values) read.Writer.TryComplete();
            foreach (var asked in _asked.Values) asked.TrySetException(new HubUnavailableException("The worker of this terminal cannot be reached now.", new TimeoutException()));
            // Whoever follows looks once more, and sees that it is over.
            _ = _hearing?.ContinueWith(_ => _news.Raise(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private void Hear(LinkMessage message)
    {
        Interlocked.Exchange(ref _heard, _time.GetTimestamp());
        if (message.Now is { } now)
        {
            Volatile.Write(ref _now, now);
            _news.Raise();
        }
        switch (message.Kind)
        {
            case LinkKinds.Joined or LinkKinds.Refused:
                _pass ??= message.Pass;
                _joined.TrySetResult(message is { Kind: LinkKinds.Joined, Now: not null });
                break;
            case LinkKinds.Answer:
                if (_asked.TryRemove(message.N, out var asked)) asked.TrySetResult(message);
                break;
            case LinkKinds.Frame or LinkKinds.Slow or LinkKinds.End:
                // More than was allowed: nothing of it is left out in silence.
                if (_reads.TryGetValue(message.N, out var read) && !read.Writer.TryWrite(message)) read.Writer.TryComplete();
                break;
        }
    }

    private async Task<LinkMessage> AskAsync(LinkMessage message, CancellationToken cancellationToken)
    {
        var n = Interlocked.Increment(ref _n);
        var answer = _asked[n] = new TaskCompletionSource<LinkMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            if (_hearing.IsCompleted) throw new HubUnavailableException("The worker of this terminal cannot be reached now.", new TimeoutException());
            await SayAsync(message with { N = n });
            // What is typed waits for its program; that the worker is gone its silence tells.
            var told = await answer.Task.WaitAsync(message.Kind == LinkKinds.In ? Timeout.InfiniteTimeSpan : LinkTiming.Patience, _time, cancellationToken);
            return told.Text is { } busy ? throw new TerminalBusyException(busy) : told;
        }
        catch (TimeoutException e)
        {
            throw new HubUnavailableException("The worker of this terminal cannot be reached now.", e);
        }
        finally
        {
            _asked.TryRemove(n, out _);
        }
    }

    // Both sides say that they live; a side that hears nothing for too long ends the link.
    private async Task BeatAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(LinkTiming.Beat, _time);
            while (await timer.WaitForNextTickAsync(_end.Token))
            {
                if (_time.GetElapsedTime(Interlocked.Read(ref _heard)) > LinkTiming.Silence) await _end.CancelAsync();
                else await SayAsync(new LinkMessage(LinkKinds.Beat, _link));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or HubUnavailableException or ObjectDisposedException)
        {
            // It is over, or its silence will tell.
        }
    }

    private async Task LeaveOffAsync(LinkMessage message)
    {
        try
        {
            await SayAsync(message);
        }
        catch (HubUnavailableException)
        {
            // The worker finds out by the silence.
        }
    }

    private Task<string> SayAsync(LinkMessage message) =>
        _bus.AppendAsync(_asks.Topic, (message with { No = Interlocked.Increment(ref _said), Pass = _pass }).ToBus(_asks), CancellationToken.None);
}
