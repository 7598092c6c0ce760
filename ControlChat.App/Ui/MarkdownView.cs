using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace ControlChat.App.Ui;

/// <summary>
/// Markdown from a model, a person or a file, drawn element by element: no HTML text is ever made of it, so nothing in it can
/// become markup. No images, links as <see cref="SafeLink"/> allows, unseen characters as marks.
/// </summary>
public sealed class MarkdownView : ComponentBase
{
    private string? _drawn;

    [Parameter, EditorRequired] public string Text { get; set; } = "";

    // What was parsed is not kept: it is several times as large as the text, and drawn only when that changed.
    protected override bool ShouldRender() => _drawn != Text;

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        _drawn = Text;
        Draw(builder, Text);
    }

    internal static void Draw(RenderTreeBuilder builder, string text)
    {
        builder.OpenElement(0, "div");
        builder.AddAttribute(1, "class", "prose");
        builder.AddContent(2, MarkdownTree.Draw(text));
        builder.CloseElement();
    }
}
