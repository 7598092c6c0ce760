using System.Text;
using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace ControlChat.Tests.Core.Documents;

/// <summary>What a whole parse by Markdig says: the headings of the document itself.</summary>
internal static class MarkdigHeadings
{
    private static readonly MarkdownPipeline _pipeline = new MarkdownPipelineBuilder().UseYamlFrontMatter().Build();

    public static IReadOnlyList<string> Of(string text) =>
        [.. Markdown.Parse(text.TrimStart('\uFEFF'), _pipeline).OfType<HeadingBlock>().Select(h => $"{h.Level} {Plain(h.Inline)}")];

    private static string Plain(ContainerInline? inline)
    {
        var text = new StringBuilder();
        if (inline is not null) Add(inline, text);
        return string.Join(' ', text.ToString().Split((char[]?)['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    private static void Add(Inline inline, StringBuilder text)
    {
        switch (inline)
        {
            case LiteralInline literal:
                text.Append(literal.Content.AsSpan());
                break;
            case CodeInline code:
                text.Append(code.Content);
                break;
            case AutolinkInline link:
                text.Append(link.Url);
                break;
            case HtmlEntityInline entity:
                text.Append(entity.Transcoded.AsSpan());
                break;
            case LineBreakInline:
                text.Append('\n');
                break;
            case ContainerInline container:
                if (container is DelimiterInline delimiter) text.Append(delimiter.ToLiteral());
                foreach (var child in container) Add(child, text);
                break;
        }
    }
}
