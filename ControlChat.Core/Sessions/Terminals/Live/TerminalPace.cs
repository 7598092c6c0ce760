namespace ControlChat.Core.Sessions.Terminals.Live;

/// <summary>How much may be typed: bytes, commands (lines) and pieces, each with a store that fills again. A key held down and a pasted file pass; a flood does not.</summary>
internal sealed class TerminalPace(TimeProvider time)
{
    /// <summary>Of one piece, in bytes.</summary>
    public const int MostPiece = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Store _bytes = new(1024 * 1024, 256 * 1024);
    private readonly Store _commands = new(1_000, 20);
    private readonly Store _pieces = new(2_000, 500);
    private long _since = time.GetTimestamp();

    /// <returns>Null: it may be typed; else why not. Nothing was taken then.</returns>
    public string? Refusal(ReadOnlySpan<byte> input)
    {
        if (input.Length > MostPiece) return $"That is more than {MostPiece / 1024} KiB at once. Type it in pieces.";
        var commands = input.Count((byte)'\r');
        lock (_gate)
        {
            var (now, before) = (time.GetTimestamp(), _since);
            _since = now;
            var seconds = time.GetElapsedTime(before, now).TotalSeconds;
            foreach (var store in new[] { _bytes, _commands, _pieces }) store.Fill(seconds);
            if (!_bytes.Has(input.Length) || !_pieces.Has(1)) return "That is more than a terminal takes in a second. Wait a moment.";
            if (!_commands.Has(commands)) return "Those are more lines than a terminal takes in a second. Wait a moment.";
            _bytes.Take(input.Length);
            _pieces.Take(1);
            _commands.Take(commands);
            return null;
        }
    }

    private sealed class Store(double most, double perSecond)
    {
        private double _used;

        public void Fill(double seconds) => _used = Math.Max(0, _used - (seconds * perSecond));

        public bool Has(int count) => _used + count <= most;

        public void Take(int count) => _used += count;
    }
}
