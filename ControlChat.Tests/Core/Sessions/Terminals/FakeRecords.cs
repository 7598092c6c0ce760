using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using ControlChat.Core.Sessions.Terminals;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>Transcripts in memory, one process at a time.</summary>
internal sealed class FakeRecords : ITerminalRecords
{
    private readonly ConcurrentDictionary<string, List<TerminalFrame>> _kept = new();

    public IReadOnlyList<TerminalFrame> Of(string id)
    {
        if (!_kept.TryGetValue(id, out var frames)) return [];
        lock (frames) return [.. frames];
    }

    public Task<ITerminalRecord> OpenAsync(string sessionId, CancellationToken cancellationToken) =>
        Task.FromResult<ITerminalRecord>(new FakeRecord(_kept.GetOrAdd(sessionId, _ => [])));
}

internal sealed class FakeRecord(List<TerminalFrame> frames) : ITerminalRecord
{
    private TaskCompletionSource? _stall;

    public FakeRecord() : this([])
    {
    }

    public long LastSeq { get; } = frames.Count == 0 ? 0 : frames[^1].Seq;

    public DateTimeOffset? RecordedTo { get; set; }

    public string? Fault { get; set; }

    /// <summary>How a frame is refused; null: it is taken.</summary>
    public Exception? Broken { get; set; }

    public event Action? Changed;

    public IReadOnlyList<TerminalFrame> Kept
    {
        get
        {
            lock (frames) return [.. frames];
        }
    }

    /// <summary>The disk takes nothing until <see cref="GoOn"/>.</summary>
    public void Stall() => _stall = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void GoOn() => _stall?.TrySetResult();

    public void Change() => Changed?.Invoke();

    /// <summary>Forgets what it has up to a sequence.</summary>
    public void Lose(long upTo)
    {
        lock (frames) frames.RemoveAll(f => f.Seq <= upTo);
    }

    public async ValueTask AppendAsync(TerminalFrame frame, CancellationToken cancellationToken)
    {
        if (Broken is { } fault) throw fault;
        if (_stall is { } stall) await stall.Task.WaitAsync(cancellationToken);
        lock (frames) frames.Add(frame);
    }

    public async IAsyncEnumerable<TerminalFrame> ReadAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var frame in Kept.Where(f => f.Seq > after))
        {
            await Task.Yield();
            yield return frame;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
