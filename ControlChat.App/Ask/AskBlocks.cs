using ControlChat.Core.Conversations;

namespace ControlChat.App.Ask;

/// <summary>The order of reading: messages, and the blocks in which runs answer them.</summary>
internal sealed class AskBlocks(TimeProvider time)
{
    private readonly List<AskItem> _items = [];
    private readonly Dictionary<string, AskRun> _runs = [];
    private readonly List<AskRun> _order = [];

    public IReadOnlyList<AskItem> Items => _items;

    /// <summary>In the order they were asked.</summary>
    public IReadOnlyList<AskRun> Runs => _order;

    public AskRun? Find(string runId) => _runs.GetValueOrDefault(runId);

    /// <summary>Whose text is growing: a piece names its message, not its run, and only one run speaks at a time.</summary>
    public AskRun? Speaker() => _order.Find(run => run.IsActive) ?? _order.Find(run => run.IsOpen);

    public void Add(AskItem.Notice notice) => _items.Add(notice);

    public void Add(AskItem.Written item, Message message)
    {
        if (message.RunId is not null) item.Run = RunOf(message.RunId, message.At);
        _items.Add(item);
    }

    public AskRun Run(StoredEvent stored) => RunOf(stored.RunId!, stored.At);

    private AskRun RunOf(string id, DateTimeOffset at)
    {
        if (_runs.TryGetValue(id, out var run)) return run;
        _runs[id] = run = new AskRun(id, at);
        _order.Add(run);
        return run;
    }

    public AskItem.Answer AnswerOf(StoredEvent stored) => AnswerOf(Run(stored), stored.At);

    /// <summary>A run goes on in its own block, unless another run has spoken since: then it goes on below, where reading has got to.</summary>
    public AskItem.Answer AnswerOf(AskRun run, DateTimeOffset at)
    {
        var last = _items.FindLastIndex(item => item is AskItem.Answer answer && answer.Run == run);
        if (last >= 0 && !_items.Skip(last + 1).OfType<AskItem.Answer>().Any()) return (AskItem.Answer)_items[last];
        var answer = new AskItem.Answer(run, _items.Count(item => item is AskItem.Answer a && a.Run == run), at);
        if (last >= 0) Continue((AskItem.Answer)_items[last]);
        // Right below the message it answers, while those behind it wait for their turn.
        var asked = _items.FindIndex(item => item is AskItem.Written written && written.Run == run);
        var next = asked >= 0 && last < 0 && !_items.Skip(asked + 1).OfType<AskItem.Answer>().Any() ? asked + 1 : _items.Count;
        _items.Insert(next, answer);
        return answer;
    }

    /// <summary>Only one run works at a time: those behind it say so.</summary>
    public void Settle()
    {
        var busy = false;
        // What has ended is behind nothing any more, and its message says so.
        foreach (var run in _order)
        {
            var behind = run.Phase == AskPhase.Queued && busy;
            if (run.Behind != behind)
            {
                if (run is { Behind: true, IsOpen: true }) run.Since = time.GetUtcNow();
                run.Behind = behind;
                foreach (var item in _items.OfType<AskItem.Written>().Where(item => item.Run == run)) item.Touch();
            }
            busy |= run.IsActive;
            if (run.IsActive && run.Phase == AskPhase.Queued) AnswerOf(run, run.Since);
        }
    }

    private static void Continue(AskItem.Answer before)
    {
        before.IsLast = false;
        before.Touch();
    }
}
