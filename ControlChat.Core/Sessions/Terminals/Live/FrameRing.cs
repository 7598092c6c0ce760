namespace ControlChat.Core.Sessions.Terminals.Live;

/// <summary>The newest frames of a terminal, as many as fit. Not safe for several threads.</summary>
/// <param name="last">The sequence of the last frame before it.</param>
/// <param name="most">Bytes that it may hold.</param>
internal sealed class FrameRing(long last, long most)
{
    /// <summary>What a frame takes besides its data, about.</summary>
    public const int Overhead = 128;

    private TerminalFrame?[] _frames = new TerminalFrame?[64];
    private int _head;
    private int _count;
    private long _bytes;

    /// <summary>0 without any.</summary>
    public long LastSeq { get; private set; } = last;

    /// <summary>Of the oldest that is held; of the next one while there is none.</summary>
    public long OldestSeq => LastSeq - _count + 1;

    public long Bytes => _bytes;

    public static long SizeOf(TerminalFrame frame) => frame.Data.Length + Overhead;

    public void Add(TerminalFrame frame)
    {
        if (_count == _frames.Length) Grow();
        _frames[(_head + _count) & (_frames.Length - 1)] = frame;
        _count++;
        _bytes += SizeOf(frame);
        LastSeq = frame.Seq;
        while (_bytes > most && _count > 1) RemoveOldest();
    }

    /// <summary>Puts what comes behind a sequence into a list, at least one if there is one and at most some <paramref name="limit"/> bytes: whoever has them is no part of what is held here.</summary>
    /// <returns>False: the next one is held no more.</returns>
    public bool TryTake(long after, List<TerminalFrame> into, long limit)
    {
        if (after + 1 < OldestSeq) return false;
        for (var seq = after + 1; seq <= LastSeq && limit > 0; seq++)
        {
            var frame = _frames[(_head + (int)(seq - OldestSeq)) & (_frames.Length - 1)]!;
            into.Add(frame);
            limit -= SizeOf(frame);
        }
        return true;
    }

    private void RemoveOldest()
    {
        _bytes -= SizeOf(_frames[_head]!);
        _frames[_head] = null;
        _head = (_head + 1) & (_frames.Length - 1);
        _count--;
    }

    private void Grow()
    {
        var larger = new TerminalFrame?[_frames.Length * 2];
        for (var i = 0; i < _count; i++) larger[i] = _frames[(_head + i) & (_frames.Length - 1)];
        (_frames, _head) = (larger, 0);
    }
}
