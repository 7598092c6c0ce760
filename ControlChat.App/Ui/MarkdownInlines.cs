using Markdig.Extensions.Tables;
using Markdig.Extensions.TaskLists;
using Markdig.Syntax.Inlines;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace ControlChat.App.Ui;

/// <summary>What stands inside a line of Markdown.</summary>
internal static class MarkdownInlines
{
    public static void Draw(RenderTreeBuilder builder, ContainerInline? container)
    {
        if (container is null)
            return;
        foreach (var inline in container)
        {
            builder.OpenRegion(0);
            Inline(builder, inline);
            builder.CloseRegion();
        }
    }

    public static void Text(RenderTreeBuilder builder, string text, bool lines = false)
    {
        builder.OpenRegion(0);
        MarkedText.Draw(builder, text, lines);
        builder.CloseRegion();
    }

    private static void Inline(RenderTreeBuilder builder, Inline inline)
    {
        if (inline is ContainerInline container) Container(builder, container);
        else Leaf(builder, inline);
    }

    private static void Leaf(RenderTreeBuilder builder, Inline inline)
    {
        switch (inline)
        {
            case LiteralInline literal:
                MarkedText.Draw(builder, literal.Content.ToString(), lines: false);
                break;
            case CodeInline code:
                Element(builder, "code", inner => Text(inner, IsInTable(code) ? code.Content.Replace("\\|", "|", StringComparison.Ordinal) : code.Content));
                break;
            case LineBreakInline { IsHard: true }:
                Element(builder, "br", null);
                break;
            case LineBreakInline:
                builder.AddContent(0, " ");
                break;
            case AutolinkInline auto:
                Link(builder, auto.IsEmail ? "mailto:" + auto.Url : auto.Url, inner => Text(inner, auto.Url));
                break;
            case HtmlEntityInline entity:
                Text(builder, entity.Transcoded.ToString());
                break;
            case TaskList task:
                builder.AddContent(0, task.Checked ? "[x] " : "[ ] ");
                break;
            case HtmlInline html:
                Text(builder, html.Tag);
                break;
        }
    }

    // A cell escapes its bars even in code: https://github.github.com/gfm/#example-200
    private static bool IsInTable(Inline inline)
    {
        var line = inline.Parent;
        while (line?.Parent is { } outer) line = outer;
        return line?.ParentBlock?.Parent is TableCell;
    }

    private static void Container(RenderTreeBuilder builder, ContainerInline inline)
    {
        switch (inline)
        {
            case EmphasisInline emphasis:
                Element(builder, emphasis.DelimiterChar == '~' ? "del" : emphasis.DelimiterCount == 2 ? "strong" : "em", inner => Draw(inner, emphasis));
                break;
            case LinkInline { IsImage: true } image:
                Image(builder, image);
                break;
            case LinkInline link:
                Link(builder, link.GetDynamicUrl?.Invoke() ?? link.Url, inner => Draw(inner, link));
                break;
            case DelimiterInline delimiter:
                Text(builder, delimiter.ToLiteral());
                Draw(builder, delimiter);
                break;
            default:
                Draw(builder, inline);
                break;
        }
    }

    private static void Link(RenderTreeBuilder builder, string? address, RenderFragment content)
    {
        if (SafeLink.Of(address) is not { } safe)
        {
            builder.AddContent(0, content);
            if (!string.IsNullOrEmpty(address))
                builder.AddContent(1, NotALink(address));
            return;
        }
        builder.OpenElement(2, "a");
        builder.AddAttribute(3, "href", safe);
        builder.AddAttribute(4, "title", safe);
        builder.AddAttribute(5, "target", "_blank");
        builder.AddAttribute(6, "rel", "noopener noreferrer nofollow");
        builder.AddContent(7, content);
        builder.CloseElement();
    }

    /// <summary>Where it wanted to lead is shown as text: hiding it would help nobody.</summary>
    private static RenderFragment NotALink(string address) => builder =>
    {
        builder.AddContent(0, " ");
        builder.OpenElement(1, "code");
        Text(builder, address);
        builder.CloseElement();
    };

    /// <summary>An image would make this browser ask a stranger's server for it, and tell it that the message was read.</summary>
    private static void Image(RenderTreeBuilder builder, LinkInline image)
    {
        builder.OpenElement(0, "span");
        builder.AddAttribute(1, "class", "no-image");
        builder.AddContent(2, $"{Texts.ImageNotLoaded} ");
        builder.AddContent(3, (RenderFragment)(inner => Draw(inner, image)));
        builder.AddContent(4, " ");
        builder.AddContent(5, (RenderFragment)(inner => Link(inner, image.Url, text => Text(text, SafeLink.Of(image.Url) ?? ""))));
        builder.CloseElement();
    }

    private static void Element(RenderTreeBuilder builder, string name, RenderFragment? content)
    {
        builder.OpenElement(0, name);
        builder.AddContent(1, content);
        builder.CloseElement();
    }
}
