using System.Text;

namespace ControlChat.Core.Files;

/// <summary>A pattern for one name: <c>*</c> for any bytes, <c>?</c> for one. ASCII letters match without regard to case.</summary>
internal sealed class NameGlob
{
    private readonly byte[] _pattern;

    public NameGlob(string pattern)
    {
        _pattern = Encoding.UTF8.GetBytes(pattern);
        for (var i = 0; i < _pattern.Length; i++) _pattern[i] = Lower(_pattern[i]);
    }

    public bool IsEverything => _pattern is [(byte)'*'];

    /// <summary>The key of its extension when it is <c>*.ext</c>, which one look-up can decide; else 0.</summary>
    public ulong ExtensionKey => _pattern is [(byte)'*', (byte)'.', .. var rest] && !rest.AsSpan().ContainsAny((byte)'*', (byte)'?', (byte)'.') ? KeyOf(_pattern) : 0;

    /// <summary>What stands behind the last dot in lower case, up to 8 bytes; 0 when there is none or it is longer.</summary>
    public static ulong KeyOf(ReadOnlySpan<byte> name)
    {
        var extension = name[(name.LastIndexOf((byte)'.') + 1)..];
        if (extension.Length is 0 or > 8 || extension.Length == name.Length) return 0;
        var key = 0UL;
        foreach (var letter in extension) key = (key << 8) | Lower(letter);
        return key;
    }

    public bool Matches(ReadOnlySpan<byte> name) => Matches(name, out _);

    /// <param name="stood">What the first star stood for.</param>
    public bool Matches(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> stood)
    {
        stood = default;
        int at = 0, p = 0, star = -1, starAt = 0, firstStar = -1;
        while (at < name.Length)
        {
            if (p < _pattern.Length && _pattern[p] == '*')
            {
                if (firstStar < 0) firstStar = at;
                (star, starAt) = (p++, at);
            }
            else if (p < _pattern.Length && (_pattern[p] == '?' || _pattern[p] == Lower(name[at])))
            {
                p++;
                at++;
            }
            else if (star >= 0) (p, at) = (star + 1, ++starAt);
            else return false;
        }
        while (p < _pattern.Length && _pattern[p] == '*') p++;
        if (p < _pattern.Length) return false;
        // The bytes before the first star are fixed in number, so it begins where it was first reached.
        if (firstStar >= 0) stood = Stood(name, firstStar, Array.IndexOf(_pattern, (byte)'*'));
        return true;
    }

    // With one star this is exact; with more, up to where what follows the first one begins.
    private ReadOnlySpan<byte> Stood(ReadOnlySpan<byte> name, int from, int star)
    {
        var rest = _pattern.AsSpan(star + 1);
        var next = rest.IndexOf((byte)'*');
        if (next < 0) return name[from..(name.Length - rest.Length)];
        var literal = rest[..next];
        for (var end = from; end + literal.Length <= name.Length; end++)
        {
            if (Ascii.EqualsIgnoreCase(name.Slice(end, literal.Length), literal)) return name[from..end];
        }
        return name[from..];
    }

    private static byte Lower(byte letter) => letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter | 0x20) : letter;
}
