namespace ControlChat.Core.Sessions.Codex;

/// <summary>Cuts a stream of bytes into lines of any length up to a bound; of a longer one only its beginning is kept.</summary>
/// <param name="most">Bytes of the longest line. The buffer grows to twice that at most.</param>
internal sealed class LineReader(ReadBytes source, int most)
{
    private const int Step = 16 * 1024;
    private const int HeadBytes = 256;
    private byte[] _buffer = new byte[Step];
    private int _start;
    private int _end;
    private bool _ended;
    // A line feed stands behind what was found.
    private bool _found;

    /// <returns>Null at the end. The bytes are good until the next call.</returns>
    public async ValueTask<Line?> ReadAsync(CancellationToken cancellationToken)
    {
        var length = await FindAsync(cancellationToken);
        if (length > most) return await SkipAsync(length, cancellationToken);
        if (length == 0 && !_found) return null;
        return new Line(Take(length), 0);
    }

    // How far the line reaches that begins here: to its line feed, over the bound, or to the end of the stream.
    private async ValueTask<int> FindAsync(CancellationToken cancellationToken)
    {
        var scanned = 0;
        while (true)
        {
            var length = Look(scanned);
            if (_found || _ended || length > most) return length;
            scanned = length;
            await FillAsync(cancellationToken);
        }
    }

    private async ValueTask<Line> SkipAsync(int length, CancellationToken cancellationToken)
    {
        var head = _buffer.AsSpan(_start, Math.Min(HeadBytes, length)).ToArray();
        var skipped = 0L;
        while (true)
        {
            skipped += Take(length).Length;
            if (_found || _ended) return new Line(head, skipped);
            await FillAsync(cancellationToken);
            length = Look(0);
        }
    }

    private int Look(int scanned)
    {
        var at = _buffer.AsSpan(_start + scanned, _end - _start - scanned).IndexOf((byte)'\n');
        _found = at >= 0;
        return _found ? scanned + at : _end - _start;
    }

    private ReadOnlyMemory<byte> Take(int length)
    {
        var taken = _buffer.AsMemory(_start, length);
        _start += _found ? length + 1 : length;
        return taken;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        var waiting = _end - _start;
        // One long line does not leave its buffer to the short ones.
        var size = waiting == 0 ? Step : waiting + Step > _buffer.Length ? Math.Max(waiting + Step, Math.Min(_buffer.Length * 2, most + Step)) : _buffer.Length;
        if (_start > 0 || size != _buffer.Length)
        {
            var target = size == _buffer.Length ? _buffer : new byte[size];
            Buffer.BlockCopy(_buffer, _start, target, 0, waiting);
            (_buffer, _start, _end) = (target, 0, waiting);
        }
        var read = await source(_buffer.AsMemory(_end), cancellationToken);
        _ended = read == 0;
        _end += read;
    }
}

/// <returns>How many bytes; 0 at the end.</returns>
internal delegate ValueTask<int> ReadBytes(Memory<byte> buffer, CancellationToken cancellationToken);

/// <param name="Bytes">Without the line feed. Of a line that was too long only its beginning.</param>
/// <param name="Skipped">How long a line was that was too long; 0: it was not.</param>
internal readonly record struct Line(ReadOnlyMemory<byte> Bytes, long Skipped);
