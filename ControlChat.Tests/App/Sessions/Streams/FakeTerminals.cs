using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals;

namespace ControlChat.Tests.App.Sessions.Streams;

/// <summary>Terminals in memory: a test prints into them and sees what was typed.</summary>
internal sealed class FakeTerminals : ITerminals, IEndedTerminals
{
    private readonly ConcurrentDictionary<string, FakeTerminal> _atWork = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, FakeTerminal> _all = new(StringComparer.Ordinal);

    /// <summary>No worker answers.</summary>
    public bool AreAway { get; set; }

    /// <summary>Frames that were read of terminals that have ended.</summary>
    public int Replayed { get; private set; }

    public FakeTerminal Begin(string sessionId) => _all[sessionId] = _atWork[sessionId] = new FakeTerminal();

    public void Leave(string sessionId) => _atWork.TryRemove(sessionId, out _);

    /// <summary>Who joins hears of it only then.</summary>
    public Task Answer { get; set; } = Task.CompletedTask;

    public async Task<ITerminalView?> JoinAsync(string sessionId, TerminalViewer viewer, CancellationToken cancellationToken)
    {
        if (AreAway) throw new HubUnavailableException("away", new TimeoutException());
        var view = _atWork.TryGetValue(sessionId, out var terminal) ? terminal.Join(viewer) : null;
        await Answer.WaitAsync(cancellationToken);
        return view;
    }

    public async IAsyncEnumerable<TerminalFrame> ReadAsync(string sessionId, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        if (!_all.TryGetValue(sessionId, out var terminal)) yield break;
        foreach (var frame in terminal.Frames.Where(f => f.Seq > after))
        {
            Replayed++;
            yield return frame.Shown;
        }
    }

    public Task<long> LastSeqAsync(string sessionId, CancellationToken cancellationToken) =>
        Task.FromResult(_all.TryGetValue(sessionId, out var terminal) && terminal.Frames is [.., var last] ? last.Seq : 0);
}

internal sealed class FakeTerminal
{
    private readonly Lock _lock = new();
    private readonly List<TerminalFrame> _frames = [];
    private readonly List<View> _views = [];
    private readonly List<byte> _typed = [];
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TerminalSize _size = TerminalSize.Default;
    private TerminalViewer? _controller;
    private ControlWish? _wish;
    private bool _cut;

    public List<TerminalViewer> Joined { get; } = [];
    public List<string> Asked { get; } = [];

    /// <summary>The next read finds that it was too slow.</summary>
    public TerminalSlowException? Slow { get; set; }
    public bool IsBusy { get; set; }

    /// <summary>Nobody types: who joins now is in control.</summary>
    public bool IsFree { get; set; }

    /// <summary>Frames that readers took.</summary>
    public int Taken { get; private set; }
    public string? RecordFault { get; set; }

    public IReadOnlyList<TerminalFrame> Frames
    {
        get { lock (_lock) return [.. _frames]; }
    }

    public string Typed
    {
        get { lock (_lock) return Encoding.UTF8.GetString([.. _typed]); }
    }

    public TerminalRun? Run { get; set; }

    public string? ControllerWindow
    {
        get { lock (_lock) return _controller?.Id; }
    }

    public int Viewers
    {
        get { lock (_lock) return _views.Count; }
    }

    public ITerminalView Join(TerminalViewer viewer)
    {
        lock (_lock)
        {
            var view = new View(this, viewer);
            _views.Add(view);
            Joined.Add(viewer);
            if (_controller?.Id == viewer.Id && !viewer.MayControl) _controller = null;
            if (IsFree) (_controller, IsFree) = (viewer, false);
            Tell();
            return view;
        }
    }

    public void Print(string text) => Print(Encoding.UTF8.GetBytes(text));

    public void Print(byte[] bytes) => Add(TerminalFrames.Out, bytes);

    public void Add(string type, object data) => Add(type, JsonSerializer.SerializeToUtf8Bytes(data, Json.Wire));

    /// <summary>The way to it breaks: every read ends without its end.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            _cut = true;
            Tell();
        }
    }

    public void Mend()
    {
        lock (_lock) _cut = false;
    }

    private void Add(string type, byte[] data)
    {
        lock (_lock)
        {
            _frames.Add(new TerminalFrame(_frames.Count + 1, DateTimeOffset.UnixEpoch, type, data));
            Tell();
        }
    }

    private void Tell()
    {
        var news = _news;
        _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        news.TrySetResult();
        foreach (var view in _views) view.Changes.Writer.TryWrite(NowFor(view.Viewer));
    }

    private TerminalNow NowFor(TerminalViewer viewer) => new(
        _size, _frames.Count, _frames.Count > 0 ? 1 : 0, null, RecordFault, _controller is { } c ? new TerminalPerson(c.AccountId, c.Name) : null, _controller?.Id == viewer.Id, _wish,
        [.. _views.Select(v => new TerminalPerson(v.Viewer.AccountId, v.Viewer.Name))], _frames.Sum(f => (long)f.Data.Length), _typed.Count)
    {
        Run = Run,
        MemoryBytes = 7_000_000,
    };

    private sealed class View(FakeTerminal terminal, TerminalViewer viewer) : ITerminalView
    {
        public TerminalViewer Viewer => viewer;

        public Channel<TerminalNow> Changes { get; } = Channel.CreateBounded<TerminalNow>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

        public TerminalNow Now
        {
            get { lock (terminal._lock) return terminal.NowFor(viewer); }
        }

        public IAsyncEnumerable<TerminalNow> FollowAsync(CancellationToken cancellationToken) => Changes.Reader.ReadAllAsync(cancellationToken);

        public async IAsyncEnumerable<TerminalFrame> ReadAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            while (true)
            {
                Task news;
                TerminalFrame[] frames;
                lock (terminal._lock)
                {
                    if (terminal.Slow is { } slow) throw slow;
                    if (terminal._cut) yield break;
                    (news, frames) = (terminal._news.Task, [.. terminal._frames.Skip((int)after)]);
                }
                foreach (var frame in frames)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    after = frame.Seq;
                    terminal.Taken++;
                    yield return frame.Shown;
                    if (frame.Type == TerminalFrames.Ended) yield break;
                }
                await news.WaitAsync(cancellationToken);
            }
        }

        public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
        {
            lock (terminal._lock)
            {
                if (terminal.IsBusy) throw new TerminalBusyException();
                if (terminal._controller?.Id != viewer.Id) return new(false);
                terminal._typed.AddRange(input.Span);
                return new(true);
            }
        }

        public ValueTask<bool> ResizeAsync(TerminalSize size, CancellationToken cancellationToken)
        {
            lock (terminal._lock)
            {
                if (terminal._controller?.Id != viewer.Id) return new(false);
                terminal._size = size;
            }
            terminal.Add(TerminalFrames.Resize, new { cols = size.Columns, rows = size.Rows });
            return new(true);
        }

        public Task<ControlAnswer> TakeControlAsync(CancellationToken cancellationToken)
        {
            lock (terminal._lock)
            {
                terminal.Asked.Add("take");
                if (!viewer.MayControl) return Task.FromResult(ControlAnswer.Refused);
                if (terminal._controller is { } held && held.AccountId != viewer.AccountId)
                {
                    terminal._wish = new ControlWish(new TerminalPerson(viewer.AccountId, viewer.Name), DateTimeOffset.UnixEpoch);
                    terminal.Tell();
                    return Task.FromResult(ControlAnswer.Asked);
                }
                (terminal._controller, terminal._wish) = (viewer, null);
                terminal.Tell();
                return Task.FromResult(ControlAnswer.Given);
            }
        }

        public Task ObjectAsync(CancellationToken cancellationToken) => DoAsync("object", () => terminal._wish = null);

        public Task GiveBackAsync(CancellationToken cancellationToken) => DoAsync("give", () => terminal._controller = terminal._controller?.Id == viewer.Id ? null : terminal._controller);

        public ValueTask DisposeAsync()
        {
            lock (terminal._lock)
            {
                terminal._views.Remove(this);
                terminal.Tell();
            }
            return ValueTask.CompletedTask;
        }

        private Task DoAsync(string what, Action change)
        {
            lock (terminal._lock)
            {
                terminal.Asked.Add(what);
                change();
                terminal.Tell();
            }
            return Task.CompletedTask;
        }
    }
}
