using System.Text;

namespace ControlChat.Core.Sessions.Terminals;

/// <summary>Which OSC sequences reach a screen: titles, colours that are set, links to the web and to mail, and marks of shells. All others have no business there.</summary>
internal static class OscRules
{
    private const int MostTitle = 512;
    private const int MostDigits = 4;

    /// <param name="body">Between the introducer and the terminator.</param>
    public static bool Pass(ReadOnlySpan<byte> body)
    {
        // What emulators pass over could hide what it is.
        if (body.ContainsAnyInRange((byte)0, (byte)0x1f) || body.Contains((byte)0x7f)) return false;
        var digits = body.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits < 0) digits = body.Length;
        if (digits is 0 or > MostDigits || (digits < body.Length && body[digits] != ';')) return false;
        var number = 0;
        foreach (var one in body[..digits]) number = number * 10 + one - '0';
        var rest = digits < body.Length ? body[(digits + 1)..] : default;
        return number switch
        {
            0 or 1 or 2 => rest.Length <= MostTitle,
            4 or 5 or (>= 10 and <= 19) => !rest.Contains((byte)'?'),
            8 => IsLink(rest),
            104 or 105 or (>= 110 and <= 119) or 133 => true,
            _ => false,
        };
    }

    // parameters ; address, which is empty where a link ends: https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda
    private static bool IsLink(ReadOnlySpan<byte> rest)
    {
        var border = rest.IndexOf((byte)';');
        if (border < 0) return false;
        var address = rest[(border + 1)..];
        return address.IsEmpty || Begins(address, "http://"u8) || Begins(address, "https://"u8) || Begins(address, "mailto:"u8);
    }

    private static bool Begins(ReadOnlySpan<byte> address, ReadOnlySpan<byte> scheme) => address.Length > scheme.Length && Ascii.EqualsIgnoreCase(address[..scheme.Length], scheme);
}
