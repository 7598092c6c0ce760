using System.Text;
using System.Text.Unicode;

namespace ControlChat.Core.Documents;

/// <summary>The sections of a Markdown document (CommonMark; YAML front matter is passed over).</summary>
public sealed class SectionedDocument
{
    private readonly ScannedDocument _scanned;

    private SectionedDocument(byte[] bytes)
    {
        (Bytes, _scanned) = (bytes, HeadingScanner.Scan(bytes));
        Headings = Index();
    }

    public IReadOnlyList<Heading> Headings { get; }

    internal byte[] Bytes { get; }

    internal ScannedDocument Scanned => _scanned;

    /// <summary>How its lines end: what most of them do, a line feed when there is none.</summary>
    internal string LineEnd
    {
        get
        {
            var pairs = Bytes.AsSpan().Count("\r\n"u8);
            var (feeds, returns) = (Bytes.AsSpan().Count((byte)'\n') - pairs, Bytes.AsSpan().Count((byte)'\r') - pairs);
            return pairs > feeds && pairs >= returns ? "\r\n" : returns > feeds ? "\r" : "\n";
        }
    }

    /// <param name="bytes">Not changed afterwards.</param>
    /// <returns>Null when it is not UTF-8.</returns>
    public static SectionedDocument? Read(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        return Utf8.IsValid(bytes) ? new SectionedDocument(bytes) : null;
    }

    /// <summary>A section as it is written, its heading first.</summary>
    public string TextOf(Heading heading)
    {
        ArgumentNullException.ThrowIfNull(heading);
        return Encoding.UTF8.GetString(Bytes.AsSpan(heading.Start, heading.End - heading.Start));
    }

    private Heading[] Index()
    {
        var found = _scanned.Headings;
        var headings = new Heading[found.Count];
        var titles = new HeadingTitles(Bytes, _scanned.Definitions);
        var seen = new Dictionary<string, int>(found.Count, StringComparer.Ordinal);
        // From the end: the next heading that ends a section of each level.
        Span<int> next = stackalloc int[7];
        next.Fill(found.Count);
        for (var i = found.Count - 1; i >= 0; i--)
        {
            var heading = found[i];
            var closing = next[heading.Level];
            for (var level = heading.Level; level <= 6; level++) next[level] = i;
            var following = i + 1 < found.Count ? found[i + 1].Start : Bytes.Length;
            headings[i] = new Heading(heading.Level, titles.Of(heading), heading.Line, closing < found.Count ? found[closing].Line - 1 : _scanned.Lines,
                Bytes.AsSpan(heading.End, following - heading.End).ContainsAnyExcept(" \t\r\n"u8), 0)
            {
                Start = heading.Start,
                BodyStart = heading.End,
                End = closing < found.Count ? found[closing].Start : Bytes.Length,
            };
        }
        for (var i = 0; i < headings.Length; i++)
        {
            ref var count = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(seen, headings[i].Title, out _);
            headings[i] = headings[i] with { Occurrence = ++count };
        }
        return headings;
    }
}
