using System.Globalization;
using System.Text;

namespace ControlChat.App.Mcp;

/// <summary>How a message was framed: a line of its own as MCP has it, or behind a <c>Content-Length</c> header as older clients do.</summary>
internal enum StdioFraming
{
    Line,
    Header,
}

/// <param name="Body">Null when it could not be read; then <paramref name="Fault"/> says why.</param>
internal sealed record StdioFrame(StdioFraming Framing, byte[]? Body, string? Fault);

/// <summary>Reads the messages of a client, each framed in its own way. What is too long is read to its end and dropped, so that the next one is heard.</summary>
internal sealed class StdioFrames(Stream input, int most)
{
    private const int MostHeaderLines = 16;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _at;
    private int _end;

    /// <returns>Null at the end of the input.</returns>
    public async Task<StdioFrame?> NextAsync(CancellationToken cancellationToken)
    {
        while (await LineAsync(cancellationToken) is { } line)
        {
            if (line.IsTooLong) return new StdioFrame(StdioFraming.Line, null, $"The message has more than {most} bytes.");
            if (IsBlank(line.Bytes)) continue;
            return IsHeader(line.Bytes) ? await BehindHeaderAsync(line.Bytes, cancellationToken) : new StdioFrame(StdioFraming.Line, line.Bytes, null);
        }
        return null;
    }

    private async Task<StdioFrame> BehindHeaderAsync(byte[] first, CancellationToken cancellationToken)
    {
        var length = LengthOf(first);
        for (var lines = 1; ; lines++)
        {
            var line = await LineAsync(cancellationToken);
            if (line is null) return Fault("The input ended within a header.");
            if (line.IsTooLong || lines > MostHeaderLines) return Fault("The header is too long.");
            if (IsBlank(line.Bytes)) break;
            length ??= LengthOf(line.Bytes);
        }
        if (length is null) return Fault("The header names no length that can be.");
        var kept = length <= most ? new byte[length.Value] : null;
        for (long read = 0; read < length;)
        {
            if (_at == _end && !await FillAsync(cancellationToken)) return Fault("The input ended within a message.");
            var part = (int)Math.Min(length.Value - read, _end - _at);
            if (kept is not null) _buffer.AsSpan(_at, part).CopyTo(kept.AsSpan((int)read));
            _at += part;
            read += part;
        }
        return kept is null ? Fault($"The message has more than {most} bytes.") : new StdioFrame(StdioFraming.Header, kept, null);
    }

    private async Task<FrameLine?> LineAsync(CancellationToken cancellationToken)
    {
        var line = new MemoryStream();
        var tooLong = false;
        var any = false;
        while (_at < _end || await FillAsync(cancellationToken))
        {
            any = true;
            var length = _buffer.AsSpan(_at, _end - _at).IndexOf((byte)'\n');
            var part = length < 0 ? _end - _at : length;
            tooLong |= line.Length + part > most;
            if (!tooLong) line.Write(_buffer, _at, part);
            _at += length < 0 ? part : part + 1;
            if (length >= 0) return new FrameLine(line.ToArray(), tooLong);
        }
        return any ? new FrameLine(line.ToArray(), tooLong) : null;
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        _at = 0;
        _end = await input.ReadAsync(_buffer, cancellationToken);
        return _end > 0;
    }

    private static bool IsBlank(byte[] line) => !line.AsSpan().ContainsAnyExcept(" \t\r"u8);

    // No JSON begins with a letter of these.
    private static bool IsHeader(byte[] line) => line.Length >= 8 && Encoding.ASCII.GetString(line, 0, 8).Equals("Content-", StringComparison.OrdinalIgnoreCase);

    private static long? LengthOf(byte[] line)
    {
        var parts = Encoding.ASCII.GetString(line).Split(':', 2);
        return parts.Length == 2 && parts[0].Trim().Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
            && long.TryParse(parts[1].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length > 0 ? length : null;
    }

    private static StdioFrame Fault(string fault) => new(StdioFraming.Header, null, fault);

    private sealed record FrameLine(byte[] Bytes, bool IsTooLong);
}
