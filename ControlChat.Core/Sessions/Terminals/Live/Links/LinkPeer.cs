using System.Collections.Concurrent;
using System.Threading.Channels;
using ControlChat.Core.Accounts;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Terminals.Live.Links;

/// <summary>One window of another process, at the worker: what it asks, in order, and what it is told.</summary>
internal sealed class LinkPeer : IAsyncDisposable
{
    private const int MostAsked = 512;
    private const int MostReads = 4;
    private readonly Channel<LinkMessage> _asked = Channel.CreateBounded<LinkMessage>(new BoundedChannelOptions(MostAsked) { SingleReader = true });
    private readonly ConcurrentDictionary<long, LinkReading> _reads = new();
    private readonly CancellationTokenSource _end;
    private readonly Func<CancellationToken, Task<ITerminalView?>> _open;
    private readonly IBus _bus;
    private readonly TimeProvider _time;
    private readonly string _link;
    private readonly TopicSeal _tells;
    private readonly string _pass = Credential.New();
    private readonly LinkOrder _order = new();
    private readonly Task _working;
    private long _heard;
    private long _said;

    public LinkPeer(LinkMessage join, Func<CancellationToken, Task<ITerminalView?>> open, IBus bus, LinkSeal seal, TimeProvider time, CancellationToken cancellationToken)
    {
        (_open, _bus, _time, _link, _heard) = (open, bus, time, join.Link, time.GetTimestamp());
        _tells = seal.Of(Topics.TerminalTells(_link));
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _working = Task.Run(WorkAsync, CancellationToken.None);
    }

    public Task Working => _working;

    /// <summary>It left, was refused, broke, or gave no sign of life.</summary>
    public bool IsOver => _working.IsCompleted || _time.GetElapsedTime(Interlocked.Read(ref _heard)) > LinkTiming.Silence;

    public void Take(LinkMessage message)
    {
        if (message.Pass != _pass || !_order.IsNew(message.No)) return;
        Interlocked.Exchange(ref _heard, _time.GetTimestamp());
        if (message.Kind == LinkKinds.Beat) return;
        // Not behind what is typed, which may wait for its program.
        if (message is { Kind: LinkKinds.Had, Seq: { } had })
        {
            if (_reads.TryGetValue(message.N, out var read)) read.Had(had);
            return;
        }
        // It asks more than one window can: what it asked is not guessed.
        if (!_asked.Writer.TryWrite(message)) _end.Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _working;
        _end.Dispose();
    }

    private async Task WorkAsync()
    {
        try
        {
            await using var view = await _open(_end.Token);
            await TellAsync(new LinkMessage(view is null ? LinkKinds.Refused : LinkKinds.Joined, _link) { Now = view?.Now, Pass = view is null ? null : _pass });
            if (view is null) return;
            using var both = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            Task[] doing = [AnswerAsync(view, both.Token), FollowAsync(view, both.Token), BeatAsync(both.Token)];
            await Task.WhenAny(doing);
            await both.CancelAsync();
            await Task.WhenAll([.. doing, .. _reads.Values.Select(r => r.Working)]).ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
        catch (Exception e) when (e is OperationCanceledException or HubUnavailableException)
        {
            // Its window joins again.
        }
    }

    private async Task AnswerAsync(ITerminalView view, CancellationToken cancellationToken)
    {
        await foreach (var asked in _asked.Reader.ReadAllAsync(cancellationToken))
        {
            switch (asked.Kind)
            {
                case LinkKinds.Leave:
                    return;
                case LinkKinds.Read when asked.Seq is { } after && _reads.Count < MostReads:
                    var reading = new LinkReading();
                    _reads[asked.N] = reading;
                    reading.Working = ReadAsync(view, asked.N, after, reading, cancellationToken);
                    break;
                case LinkKinds.Unread when _reads.TryRemove(asked.N, out var unread):
                    unread.Stop();
                    break;
                default:
                    await TellAsync(await DoAsync(view, asked, cancellationToken));
                    break;
            }
        }
    }

    private async Task<LinkMessage> DoAsync(ITerminalView view, LinkMessage asked, CancellationToken cancellationToken)
    {
        var answer = new LinkMessage(LinkKinds.Answer, _link) { N = asked.N };
        try
        {
            switch (asked.Kind)
            {
                case LinkKinds.In:
                    return answer with { Yes = await view.WriteAsync(asked.Data, cancellationToken) };
                case LinkKinds.Resize when asked.Size is { IsLegal: true } size:
                    return answer with { Yes = await view.ResizeAsync(size, cancellationToken) };
                case LinkKinds.Take:
                    return answer with { Answer = await view.TakeControlAsync(cancellationToken) };
                case LinkKinds.Object:
                    await view.ObjectAsync(cancellationToken);
                    return answer;
                case LinkKinds.GiveBack:
                    await view.GiveBackAsync(cancellationToken);
                    return answer;
                default:
                    return answer with { Yes = false };
            }
        }
        catch (TerminalBusyException e)
        {
            return answer with { Text = e.Message };
        }
        catch (HubUnavailableException)
        {
            return answer with { Yes = false, Answer = ControlAnswer.Refused };
        }
    }

    private async Task ReadAsync(ITerminalView view, long n, long after, LinkReading reading, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, reading.Stopped);
        try
        {
            await foreach (var frame in view.ReadAsync(after, either.Token))
            {
                await TellAsync(new LinkMessage(LinkKinds.Frame, _link) { N = n, Seq = frame.Seq, At = frame.At, Type = frame.Type, Data = frame.Data.ToArray() });
                await reading.SentAsync(frame, either.Token);
            }
            await TellAsync(new LinkMessage(LinkKinds.End, _link) { N = n });
        }
        catch (TerminalSlowException e)
        {
            await TellAsync(new LinkMessage(LinkKinds.Slow, _link) { N = n, From = e.From, To = e.To });
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // Nobody reads it any more.
        }
        catch (Exception e) when (e is HubUnavailableException or IOException)
        {
            // A frame that did not go out must not be missed in silence: the window joins again.
            await _end.CancelAsync();
        }
        finally
        {
            _reads.TryRemove(KeyValuePair.Create(n, reading));
            reading.Dispose();
        }
    }

    private async Task FollowAsync(ITerminalView view, CancellationToken cancellationToken)
    {
        await foreach (var now in view.FollowAsync(cancellationToken)) await TellAsync(new LinkMessage(LinkKinds.Now, _link) { Now = now });
        // The terminal is closed: what is left of it is still read.
        await Task.WhenAll(_reads.Values.Select(r => r.Working));
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(LinkTiming.Beat, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken) && !IsOver) await TellAsync(new LinkMessage(LinkKinds.Beat, _link));
    }

    private Task<string> TellAsync(LinkMessage message) => _bus.AppendAsync(_tells.Topic, (message with { No = Interlocked.Increment(ref _said) }).ToBus(_tells), CancellationToken.None);
}
