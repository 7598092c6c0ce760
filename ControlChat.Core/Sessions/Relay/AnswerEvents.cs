namespace ControlChat.Core.Sessions.Relay;

/// <summary>Cuts a streamed answer into its server-sent events, as they come and byte by byte as they are. What stands behind the last whole one is no event.</summary>
/// <param name="stream">Not disposed of here.</param>
public sealed class AnswerEvents(Stream stream)
{
    /// <summary>The longest event: the last one holds the whole answer again.</summary>
    public const int MostBytes = 16 * 1024 * 1024;

    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _line;
    private int _scanned;
    private int _end;

    /// <summary>The next event with the blank line at its end; it stays as it is until the next call. Null after the last.</summary>
    /// <exception cref="InvalidDataException">An event is longer than <see cref="MostBytes"/>.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Cut() is { } found) return found;
            MakeRoom();
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0) return null;
            _end += read;
        }
    }

    private ReadOnlyMemory<byte>? Cut()
    {
        while (_buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n') is >= 0 and var at)
        {
            var length = _scanned + at - _line;
            var blank = length == 0 || (length == 1 && _buffer[_line] == '\r');
            _scanned += at + 1;
            _line = _scanned;
            if (!blank) continue;
            var found = _buffer.AsMemory(_start, _scanned - _start);
            _start = _scanned;
            return found;
        }
        _scanned = _end;
        return null;
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_line, _scanned, _end, _start) = (_line - _start, _scanned - _start, _end - _start, 0);
        }
        if (_end < _buffer.Length) return;
        if (_end >= MostBytes) throw new InvalidDataException("The model's server sent an event without an end.");
        Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, MostBytes));
    }
}
