namespace ControlChat.Core.Sessions.Terminals;

/// <summary>Which CSI sequences reach a screen: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html.</summary>
internal static class ControlRules
{
    /// <param name="body">Behind the introducer, with its final byte; controls that stand between count for nothing.</param>
    public static bool Pass(ReadOnlySpan<byte> body) => body[^1] switch
    {
        (byte)'t' => First(body) is not (20 or 21),
        (byte)'i' => false,
        (byte)'y' => !Has(body, '*'),
        _ => true,
    };

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
