namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>Where the last lines of a reading began, which goes forwards only.</summary>
/// <param name="from">Behind this frame the reading begins; what began before it is cut, and is no line.</param>
/// <param name="limit">So many are wanted.</param>
internal sealed class LineStarts(long from, int limit)
{
    private readonly Queue<LineCursor> _starts = new();
    private readonly LineCursor _begin = new(from, 0);
    private long _clean = from;
    private int _lines;
    private bool _isCut = from > 0;

    /// <summary>There are as many as wanted.</summary>
    public bool IsWhole => _starts.Count >= limit;

    /// <summary>Where the first of them began.</summary>
    public LineCursor First => _starts.TryPeek(out var first) && (IsWhole || _begin.Seq > 0) ? first : _begin;

    /// <summary>A line.</summary>
    public void Pass()
    {
        if (!_isCut) _starts.Enqueue(new LineCursor(_clean, _lines));
        _isCut = false;
        _lines++;
        if (_starts.Count > limit) _starts.Dequeue();
    }

    /// <summary>Nothing of what came up to here is needed for what follows.</summary>
    public void Begin(long seq) => (_clean, _lines) = (seq, 0);
}
