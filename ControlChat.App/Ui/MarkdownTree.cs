using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Syntax;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace ControlChat.App.Ui;

/// <summary>Turns parsed Markdown into render tree frames. Blocks here, what stands inside a line in <see cref="MarkdownInlines"/>.</summary>
internal static class MarkdownTree
{
    /// <summary>A message's headings stand below the page's and the message's own.</summary>
    private const int HeadingsBelow = 2;

    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .DisableHtml().UsePipeTables().UseAutoLinks().UseTaskLists().UseEmphasisExtras(Markdig.Extensions.EmphasisExtras.EmphasisExtraOptions.Strikethrough).Build();

    public static RenderFragment Draw(string markdown)
    {
        try
        {
            var document = Markdown.Parse(markdown, Pipeline);
            return builder => Blocks(builder, document);
        }
        catch (ArgumentException)
        {
            // nested deeper than the parser goes: nobody wrote that to be read as Markdown
            return builder => CodeBlock(builder, markdown, "text");
        }
    }

    private static void Blocks(RenderTreeBuilder builder, ContainerBlock container)
    {
        foreach (var block in container)
        {
            builder.OpenRegion(0);
            Block(builder, block);
            builder.CloseRegion();
        }
    }

    private static void Block(RenderTreeBuilder builder, Block block)
    {
        switch (block)
        {
            case HeadingBlock heading:
                Leaf(builder, $"h{Math.Min(6, heading.Level + HeadingsBelow)}", heading);
                break;
            case ParagraphBlock paragraph when paragraph.Parent is ListItemBlock { Parent: ListBlock { IsLoose: false } }:
                MarkdownInlines.Draw(builder, paragraph.Inline);
                break;
            case ParagraphBlock paragraph:
                Leaf(builder, "p", paragraph);
                break;
            case Markdig.Syntax.CodeBlock code:
                CodeBlock(builder, code.Lines.ToString(), (code as FencedCodeBlock)?.Info ?? "");
                break;
            case QuoteBlock quote:
                Container(builder, "blockquote", quote);
                break;
            case ListBlock list:
                List(builder, list);
                break;
            case ThematicBreakBlock:
                builder.OpenElement(0, "hr");
                builder.CloseElement();
                break;
            case Table table:
                Table(builder, table);
                break;
            case LinkReferenceDefinitionGroup:
                break;
            case ContainerBlock other:
                Blocks(builder, other);
                break;
            case LeafBlock other:
                MarkdownInlines.Text(builder, other.Lines.ToString(), lines: true);
                break;
        }
    }

    private static void Leaf(RenderTreeBuilder builder, string element, LeafBlock leaf)
    {
        builder.OpenElement(0, element);
        MarkdownInlines.Draw(builder, leaf.Inline);
        builder.CloseElement();
    }

    private static void Container(RenderTreeBuilder builder, string element, ContainerBlock container)
    {
        builder.OpenElement(0, element);
        Blocks(builder, container);
        builder.CloseElement();
    }

    private static void List(RenderTreeBuilder builder, ListBlock list)
    {
        builder.OpenElement(0, list.IsOrdered ? "ol" : "ul");
        if (list.IsOrdered && int.TryParse(list.OrderedStart, out var start) && start != 1)
            builder.AddAttribute(1, "start", start);
        builder.AddContent(2, inner =>
        {
            foreach (var item in list.OfType<ListItemBlock>())
            {
                inner.OpenRegion(0);
                Container(inner, "li", item);
                inner.CloseRegion();
            }
        });
        builder.CloseElement();
    }

    private static void CodeBlock(RenderTreeBuilder builder, string code, string language)
    {
        builder.OpenComponent<CodeView>(0);
        builder.AddComponentParameter(1, nameof(CodeView.Code), code);
        builder.AddComponentParameter(2, nameof(CodeView.Language), language);
        builder.CloseComponent();
    }

    private static void Table(RenderTreeBuilder builder, Table table)
    {
        builder.OpenElement(0, "div");
        builder.AddAttribute(1, "class", "scroll");
        builder.AddAttribute(2, "tabindex", "0");
        builder.AddAttribute(3, "role", "region");
        builder.AddAttribute(4, "aria-label", Texts.Table);
        builder.OpenElement(5, "table");
        builder.AddContent(6, Section("thead", "th", [.. table.OfType<TableRow>().Where(row => row.IsHeader)]));
        builder.AddContent(7, Section("tbody", "td", [.. table.OfType<TableRow>().Where(row => !row.IsHeader)]));
        builder.CloseElement();
        builder.CloseElement();
    }

    private static RenderFragment Section(string section, string element, TableRow[] rows) => builder =>
    {
        if (rows.Length == 0)
            return;
        builder.OpenElement(0, section);
        foreach (var row in rows)
        {
            builder.OpenElement(1, "tr");
            foreach (var cell in row.OfType<TableCell>())
            {
                builder.OpenElement(2, element);
                foreach (var block in cell)
                    MarkdownInlines.Draw(builder, (block as LeafBlock)?.Inline);
                builder.CloseElement();
            }
            builder.CloseElement();
        }
        builder.CloseElement();
    };
}
