namespace ControlChat.Core.Sessions.Terminals.Live;

/// <summary>
/// How much may be typed: bytes, commands (lines) and pieces, each with a store that fills again. A key held down and a pasted file pass; a flood waits.
/// By one at a time.
/// </summary>
internal sealed class TerminalPace(TimeProvider time)
{
    /// <summary>Of one piece, in bytes.</summary>
    public const int MostPiece = 64 * 1024;

    // Below this, bytes are waited for.
    private const int LeastBytes = 4 * 1024;

    private readonly Store _bytes = new(1024 * 1024, 256 * 1024);
    private readonly Store _commands = new(1_000, 20);
    private readonly Store _pieces = new(4_000, 1_000);
    private long _since = time.GetTimestamp();

    /// <returns>How many bytes of it, from the first on, may be typed now.</returns>
    /// <param name="wait">Without any: when there may be some.</param>
    public int Room(ReadOnlySpan<byte> input, out TimeSpan wait)
    {
        var (now, before) = (time.GetTimestamp(), _since);
        _since = now;
        var seconds = time.GetElapsedTime(before, now).TotalSeconds;
        foreach (var store in new[] { _bytes, _commands, _pieces }) store.Fill(seconds);
        wait = Longest(_pieces.Wait(1), _bytes.Wait(Math.Min(input.Length, LeastBytes)), IsCommand(input[0]) ? _commands.Wait(1) : TimeSpan.Zero);
        if (wait > TimeSpan.Zero) return 0;
        var most = input[..Math.Min(input.Length, _bytes.Left)];
        return UpTo(most, _commands.Left);
    }

    /// <summary>So much of it was typed.</summary>
    public void Take(ReadOnlySpan<byte> typed)
    {
        _bytes.Take(typed.Length);
        _pieces.Take(1);
        _commands.Take(typed.Count((byte)'\r') + typed.Count((byte)'\n'));
    }

    private static bool IsCommand(byte one) => one is (byte)'\r' or (byte)'\n';

    // Before the first command that there is no room for.
    private static int UpTo(ReadOnlySpan<byte> input, int commands)
    {
        for (var at = 0; at < input.Length; commands--)
        {
            var next = input[at..].IndexOfAny((byte)'\r', (byte)'\n');
            if (next < 0) break;
            if (commands == 0) return at + next;
            at += next + 1;
        }
        return input.Length;
    }

    private static TimeSpan Longest(params ReadOnlySpan<TimeSpan> times)
    {
        var longest = TimeSpan.Zero;
        foreach (var one in times) longest = one > longest ? one : longest;
        return longest;
    }

    private sealed class Store(double most, double perSecond)
    {
        private double _used;

        public int Left => (int)(most - _used);

        public void Fill(double seconds) => _used = Math.Max(0, _used - (seconds * perSecond));

        // A little more than is missing: what is rounded must not be waited for twice.
        public TimeSpan Wait(int count) => _used + count <= most ? TimeSpan.Zero : TimeSpan.FromMilliseconds(1 + ((_used + count - most) * 1000 / perSecond));

        public void Take(int count) => _used += count;
    }
}
