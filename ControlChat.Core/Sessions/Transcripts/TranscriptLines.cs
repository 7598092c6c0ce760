using System.Buffers;

namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>Reads a stream line by line, holding one at a time.</summary>
internal sealed class TranscriptLines(Stream source)
{
    // Far more than a record can be: the journal bounds each of its texts.
    private const int MostBytes = 64 * 1024 * 1024;

    private readonly byte[] _chunk = new byte[64 * 1024];
    private readonly ArrayBufferWriter<byte> _line = new(4096);
    private int _at;
    private int _end;

    /// <summary>Where the line that was read last ends, with its line feed.</summary>
    public long Position { get; private set; }

    /// <summary>Whether the line that was read last ended with a line feed.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Without its line feed; good until the next call. Empty for one that is longer than any record.</summary>
    public ReadOnlySpan<byte> Line => IsWhole ? _line.WrittenSpan[..^1] : _line.WrittenSpan;

    /// <summary>With its line feed, if it has one; good until the next call.</summary>
    public ReadOnlyMemory<byte> Raw => _line.WrittenMemory;

    /// <returns>False at the end.</returns>
    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        _line.ResetWrittenCount();
        IsWhole = false;
        var tooLong = false;
        while (true)
        {
            if (_at == _end)
            {
                (_at, _end) = (0, await source.ReadAsync(_chunk, cancellationToken));
                if (_end == 0) return tooLong || _line.WrittenCount > 0;
            }
            var feed = Array.IndexOf(_chunk, (byte)'\n', _at, _end - _at);
            IsWhole = feed >= 0;
            var until = IsWhole ? feed + 1 : _end;
            tooLong |= _line.WrittenCount + until - _at > MostBytes;
            if (!tooLong) _line.Write(_chunk.AsSpan(_at, until - _at));
            else
            {
                _line.ResetWrittenCount();
                if (IsWhole) _line.Write("\n"u8);
            }
            Position += until - _at;
            _at = until;
            if (IsWhole) return true;
        }
    }
}
