using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ControlChat.Core.Telemetry;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>
/// The values this hub knows, made ready for a flood: whether one may stand in a text at all is asked of a folded copy first (line ends and escapes away,
/// both alphabets of base64 as one), and how far one has come at its end.
/// </summary>
internal sealed partial class KnownSecrets
{
    /// <summary>So much of a value is never written, even where the rest has not come.</summary>
    public const int LeastPrefix = 8;

    private static readonly SearchValues<char> _ends = SearchValues.Create("\r\n");
    private static readonly SearchValues<char> _hex = SearchValues.Create("0123456789abcdefABCDEF");
    private readonly string[] _forms;
    private readonly SearchValues<string> _heads;
    private readonly Regex[] _wide;

    public KnownSecrets(IReadOnlyList<string> values)
    {
        Values = values;
        _forms = [.. values.SelectMany(FormsOf).Where(f => f.Length >= LeastPrefix - 2).Distinct()];
        _heads = SearchValues.Create([.. _forms.Select(f => f[..Math.Min(f.Length, LeastPrefix)]).Distinct()], StringComparison.Ordinal);
        // Beyond ASCII the bytes of a value are other characters here than its own.
        _wide = [.. values.Where(v => !Ascii.IsValid(v)).Select(v => new Regex(SecretForms.Pattern(Narrow(v)), RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)))];
        Reach = values.Count == 0 ? 0 : Math.Min(2048, values.Max(v => Encoding.UTF8.GetByteCount(v)) * 6);
    }

    public IReadOnlyList<string> Values { get; }

    /// <summary>Characters that one of them may take.</summary>
    public int Reach { get; }

    public void Find(ReadOnlySpan<char> text, Redactor redactor, Action<int, int> found)
    {
        if (_forms.Length == 0 || !MayHold(text)) return;
        var whole = text.ToString();
        redactor.FindValues(whole, found);
        foreach (var wide in _wide)
            foreach (var match in wide.EnumerateMatches(whole)) found(match.Index, match.Index + match.Length);
    }

    /// <returns>Where the beginning of a value begins that the text ends with; -1: it ends with none of <see cref="LeastPrefix"/> characters or more.</returns>
    public int OpenAt(ReadOnlySpan<char> text)
    {
        if (_forms.Length == 0) return -1;
        var from = Math.Max(0, text.Length - Reach - LeastPrefix);
        var tail = text[from..].ToString();
        var first = int.MaxValue;
        foreach (var decodes in (ReadOnlySpan<bool>)[false, true])
        {
            var places = new List<int>(tail.Length);
            var folded = Fold(decodes ? tail[..^HalfEscape().Match(tail).Length] : tail, decodes, places);
            foreach (var form in _forms)
            {
                for (var length = Math.Min(form.Length - 1, folded.Length); length >= LeastPrefix; length--)
                {
                    if (!folded.AsSpan().EndsWith(form.AsSpan(0, length))) continue;
                    first = Math.Min(first, places[folded.Length - length]);
                    break;
                }
            }
        }
        return first == int.MaxValue ? -1 : from + first;
    }

    private bool MayHold(ReadOnlySpan<char> text)
    {
        var folded = ArrayPool<char>.Shared.Rent(text.Length);
        try
        {
            if (folded.AsSpan(0, Flatten(text, folded)).ContainsAny(_heads)) return true;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(folded);
        }
        return text.ContainsAny('%', '\\') && Fold(text, decodes: true, null).AsSpan().ContainsAny(_heads);
    }

    // As Fold does, for the most.
    private static int Flatten(ReadOnlySpan<char> text, Span<char> folded)
    {
        var count = 0;
        while (text.Length > 0)
        {
            var end = text.IndexOfAny(_ends);
            var line = end < 0 ? text : text[..end];
            line.CopyTo(folded[count..]);
            count += line.Length;
            text = end < 0 ? default : text[(end + 1)..];
        }
        folded = folded[..count];
        folded.Replace('-', '+');
        folded.Replace(' ', '+');
        folded.Replace('_', '/');
        return count;
    }

    // places: where each character stood.
    private static string Fold(ReadOnlySpan<char> text, bool decodes, List<int>? places)
    {
        var folded = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var (one, length) = decodes ? Decoded(text[i..]) : (text[i], 1);
            if (one is not ('\r' or '\n' or '\0'))
            {
                folded.Append(Same(one));
                places?.Add(i);
            }
            i += length;
        }
        return folded.ToString();
    }

    // What an escape stands for; none for a backslash before another character, and for a line end however it is written.
    private static (char One, int Length) Decoded(ReadOnlySpan<char> text)
    {
        if (text[0] == '%')
        {
            var hex = text.StartsWith("%25") && text.Length >= 5 && IsHex(text[3..5]) ? 3 : 1;
            return text.Length >= hex + 2 && IsHex(text.Slice(hex, 2)) ? ((char)byte.Parse(text.Slice(hex, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture), hex + 2) : ('%', 1);
        }
        if (text[0] != '\\') return (text[0], 1);
        if (text.Length >= 6 && text[1] == 'u' && IsHex(text[2..6])) return ((char)ushort.Parse(text[2..6], NumberStyles.HexNumber, CultureInfo.InvariantCulture), 6);
        return ('\0', text.Length >= 2 && text[1] is 'n' or 'r' ? 2 : 1);
    }

    private static bool IsHex(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(_hex);

    private static char Same(char one) => one switch
    {
        '-' or ' ' => '+',
        '_' => '/',
        _ => one,
    };

    private static IEnumerable<string> FormsOf(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        yield return Fold(Narrow(value), decodes: false, null);
        for (var shift = 0; shift < 3; shift++) yield return Fold(SecretForms.Base64Core(bytes, shift), decodes: false, null);
    }

    private static string Narrow(string value) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(value));

    // An escape that breaks off at the end.
    [GeneratedRegex(@"(?:%(?:25?)?[0-9A-Fa-f]?|\\+(?:u[0-9A-Fa-f]{0,3})?)?\z", RegexOptions.CultureInvariant | RegexOptions.RightToLeft)]
    private static partial Regex HalfEscape();
}
