using System.Buffers;
using ControlChat.Core.Telemetry;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>
/// Removes secrets from bytes that come in pieces, and gives the pieces back one for one: a secret over two of them is marked in the first and only missing in
/// the second. A piece is decided when nothing that has begun in it can still become a secret. What went out is remembered as far as a secret may reach
/// back, so that the rest of one that was cut by waiting no longer does not follow it.
/// </summary>
internal sealed class PieceScrub(Redactor redactor)
{
    // Of what went out.
    private const int Remembered = 4096;
    private const int MostRemembered = 32 * 1024;

    // Before and behind the place where a long secret began.
    private const int HeadBefore = 160;
    private const int HeadLength = HeadBefore + 512;
    private const int LongestLine = 8192;
    private static readonly byte[] _mark = "[removed]"u8.ToArray();
    private readonly SecretPlaces _places = new(redactor);
    private readonly ScreenText _screen = new();
    private readonly Queue<(int End, ReadOnlyMemory<byte> Piece)> _pieces = [];
    private readonly List<Hole> _holes = [];
    private readonly List<Secret> _secrets = [];
    private byte[] _raw = new byte[64 * 1024];
    private int _count;

    // Where what has not gone out begins.
    private int _from;

    // What went out last was part of a secret, and marked.
    private bool _marked;
    private int _decided;
    private bool _looked = true;

    /// <param name="piece">Not to be changed any more: it comes back as it is when nothing of it has to go.</param>
    public void Push(ReadOnlyMemory<byte> piece)
    {
        if (_raw.Length < _count + piece.Length) Array.Resize(ref _raw, Math.Max(_raw.Length * 2, _count + piece.Length));
        piece.Span.CopyTo(_raw.AsSpan(_count));
        _count += piece.Length;
        _pieces.Enqueue((_count, piece));
        _looked = false;
    }

    /// <summary>Whether the oldest piece is decided.</summary>
    public bool IsDecided
    {
        get
        {
            if (_pieces.Count == 0) return false;
            Look();
            return _pieces.Peek().End <= _decided;
        }
    }

    /// <returns>The oldest piece without secrets, decided or not.</returns>
    public ReadOnlyMemory<byte> Take()
    {
        Look();
        var (end, piece) = _pieces.Dequeue();
        var clean = _holes.Exists(h => h.End > _from && h.Start < end) ? Clean(_from, end) : piece;
        _marked = _secrets.Exists(s => s.Start < end && (s.End > end || s.Reaches));
        _from = end;
        return clean;
    }

    private void Look()
    {
        if (_looked) return;
        Forget();
        _looked = true;
        _screen.Read(_raw.AsSpan(0, _count));
        var text = _screen.Text;
        _holes.Clear();
        _secrets.Clear();
        foreach (var (start, end) in _places.Find(text))
        {
            var holes = _holes.Count;
            _screen.ForBytes(start, end, (from, to) => _holes.Add(new Hole(from, to, _secrets.Count)));
            if (_holes.Count > holes) _secrets.Add(new Secret(_holes[holes].Start, _holes[^1].End, end == _screen.Text.Length));
        }
        _decided = Math.Min(_count, Settled(text) is > 0 and var settled ? _screen.RawAt(settled) : 0);
    }

    // The line behind which something may still become a secret.
    private int Settled(ReadOnlySpan<char> text)
    {
        var settled = text.Length - _places.Reach;
        if (settled <= 0) return 0;
        var from = Math.Max(0, settled - LongestLine);
        var line = text[from..settled].LastIndexOf('\n');
        return line >= 0 ? from + line + 1 : from > 0 ? settled : 0;
    }

    private byte[] Clean(int from, int to)
    {
        var clean = new ArrayBufferWriter<byte>(to - from + _mark.Length);
        var (at, last) = (from, -1);
        foreach (var hole in _holes)
        {
            if (hole.End <= from) continue;
            if (hole.Start >= to) break;
            var start = Math.Max(hole.Start, from);
            clean.Write(_raw.AsSpan(at, start - at));
            // Its beginning may have gone out before anybody could tell, and without a mark.
            if (hole.Secret != last && (_secrets[hole.Secret].Start >= from || !_marked)) clean.Write(_mark);
            (last, at) = (hole.Secret, Math.Min(hole.End, to));
        }
        clean.Write(_raw.AsSpan(at, to - at));
        return clean.WrittenSpan.ToArray();
    }

    // Keeps what a secret may reach back to.
    private void Forget()
    {
        var keep = Math.Max(0, _from - Remembered);
        var open = _secrets.FindIndex(s => s.Start < keep && (s.End >= _from || s.Reaches));
        if (open >= 0)
        {
            var head = Math.Max(0, _secrets[open].Start - HeadBefore);
            if (_from - head > MostRemembered)
            {
                // The words by which it is known, then the end of it.
                _raw.AsSpan(head, HeadLength).CopyTo(_raw);
                _raw.AsSpan(keep, _count - keep).CopyTo(_raw.AsSpan(HeadLength));
                Shift(keep - HeadLength);
                return;
            }
            keep = head;
        }
        if (keep < Remembered) return;
        _raw.AsSpan(keep, _count - keep).CopyTo(_raw);
        Shift(keep);
    }

    private void Shift(int by)
    {
        (_count, _from) = (_count - by, _from - by);
        for (var i = _pieces.Count; i > 0; i--)
        {
            var (end, piece) = _pieces.Dequeue();
            _pieces.Enqueue((end - by, piece));
        }
    }

    private readonly record struct Hole(int Start, int End, int Secret);

    /// <param name="Reaches">It may go on behind what has come.</param>
    private readonly record struct Secret(int Start, int End, bool Reaches);
}
