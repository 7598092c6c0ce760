namespace ControlChat.Core.Sessions.Terminals;

/// <summary>Which CSI sequences reach a screen: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html.</summary>
internal static class ControlRules
{
    // No screen has more cells in a row or a column.
    private const int MostCells = 1_000;

    /// <param name="body">Behind the introducer, with its final byte; controls that stand between count for nothing.</param>
    /// <param name="behindLetter">Right behind a character of ASCII, which is what REP may repeat: of others emulators repeat as many bytes as were put into one cell.</param>
    public static bool Pass(ReadOnlySpan<byte> body, bool behindLetter) => body[^1] switch
    {
        (byte)'t' => First(body) is not (20 or 21),
        (byte)'i' => false,
        (byte)'y' => !Has(body, '*'),
        // Emulators do these one by one, as often as they are told: some bytes would keep a browser at it for minutes.
        (byte)'L' or (byte)'M' or (byte)'S' or (byte)'T' => First(body) <= TerminalSize.MostRows,
        (byte)'b' => behindLetter && First(body) <= TerminalSize.MostColumns,
        (byte)'I' or (byte)'Z' => First(body) <= TerminalSize.MostColumns,
        (byte)'@' or (byte)'P' or (byte)'X' => First(body) <= MostCells,
        _ => true,
    };

    public static bool IsLetter(byte one) => one is >= 0x20 and < 0x7f;

    private static bool Has(ReadOnlySpan<byte> body, char one) => body.Contains((byte)one);

    private static int First(ReadOnlySpan<byte> body)
    {
        var number = 0;
        foreach (var one in body)
        {
            if (one is >= (byte)'0' and <= (byte)'9') number = Math.Min(number * 10 + one - '0', ushort.MaxValue);
            else if (one is >= 0x20 and not 0x7f) break;
        }
        return number;
    }
}
