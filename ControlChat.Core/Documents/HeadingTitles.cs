using System.Buffers;
using System.Text;
using Markdig;
using Markdig.Parsers;
using Markdig.Renderers;
using Markdig.Syntax;

namespace ControlChat.Core.Documents;

/// <summary>Titles as a reader sees them: without the marks of emphasis, links and code. Only a title with such marks is parsed.</summary>
internal sealed class HeadingTitles(byte[] text, string definitions)
{
    private static readonly SearchValues<byte> _marks = SearchValues.Create("\\`*_[]<>&!~\r\n\0"u8);
    private static readonly MarkdownPipeline _textOnly = TextOnly();

    public string Of(ScannedHeading heading)
    {
        var raw = text.AsSpan(heading.TitleStart, heading.TitleEnd - heading.TitleStart);
        return raw.ContainsAny(_marks) ? Parse(Encoding.UTF8.GetString(raw)) : Encoding.UTF8.GetString(raw);
    }

    private string Parse(string raw)
    {
        // With a letter before it, a title that looks like a definition is none. What its links may refer to stands behind it.
        var guarded = raw.StartsWith('[') ? "x" + raw : raw;
        var block = Markdown.Parse(raw.Contains('[', StringComparison.Ordinal) ? $"{guarded}\n\n{definitions}" : raw, _textOnly).OfType<ParagraphBlock>().First();
        using var writer = new StringWriter();
        var renderer = new HtmlRenderer(writer) { EnableHtmlForInline = false, EnableHtmlEscape = false };
        _textOnly.Setup(renderer);
        renderer.WriteChildren(block.Inline!);
        var plain = writer.ToString()[(guarded.Length - raw.Length)..];
        return string.Join(' ', plain.Split((char[]?)['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    /// <summary>No blocks but text: a title stays one, whatever it begins with.</summary>
    private static MarkdownPipeline TextOnly()
    {
        var builder = new MarkdownPipelineBuilder();
        builder.BlockParsers.Clear();
        builder.BlockParsers.Add(new ParagraphBlockParser { ParseSetextHeadings = false });
        return builder.Build();
    }
}
