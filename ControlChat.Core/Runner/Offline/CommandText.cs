using System.Globalization;
using System.Text;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Runner.Offline;

/// <summary>One word of a command line; a quoted one is text and never an option.</summary>
internal readonly record struct CommandWord(string Text, bool Quoted)
{
    public bool Starts(char mark) => !Quoted && Text.Length > 1 && Text[0] == mark;
}

internal static class CommandText
{
    /// <summary>Words split at spaces, with <c>"…"</c> as one word; null when a quote is not closed.</summary>
    public static IReadOnlyList<CommandWord>? Words(string text)
    {
        var words = new List<CommandWord>();
        for (var i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }
            var quoted = IsQuote(text[i]);
            var end = quoted ? NextQuote(text, i + 1) : NextSpace(text, i);
            if (end < 0) return null;
            words.Add(new CommandWord(quoted ? text[(i + 1)..end] : text[i..end], quoted));
            i = quoted ? end + 1 : end;
        }
        return words;
    }

    /// <summary>Words that belong together, such as a title without quotes.</summary>
    public static string Join(IEnumerable<CommandWord> words) => string.Join(' ', words.Select(w => w.Text)).Trim();

    /// <summary>When <c>30m</c>, <c>1h</c> or <c>2d</c> ago was, in the wire's form; null for anything else.</summary>
    public static string? Since(string text, TimeProvider time)
    {
        if (text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > 100_000) return null;
        TimeSpan? back = char.ToLowerInvariant(text[^1]) switch
        {
            'm' => TimeSpan.FromMinutes(number),
            'h' => TimeSpan.FromHours(number),
            'd' => TimeSpan.FromDays(number),
            _ => null,
        };
        return back is { } span ? Timestamps.Format(time.GetUtcNow() - span) : null;
    }

    /// <summary>The text without what stands in double quotes.</summary>
    public static string WithoutQuoted(string text)
    {
        var rest = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (IsQuote(text[i]) && NextQuote(text, i + 1) is > 0 and var end) i = end;
            else rest.Append(text[i]);
        }
        return rest.ToString();
    }

    private static bool IsQuote(char c) => c is '"' or '“' or '”';

    private static int NextQuote(string text, int from) => text.AsSpan(from).IndexOfAny('"', '“', '”') is >= 0 and var at ? from + at : -1;

    private static int NextSpace(string text, int from)
    {
        while (from < text.Length && !char.IsWhiteSpace(text[from])) from++;
        return from;
    }
}
