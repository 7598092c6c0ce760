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
    private RenderFragment? _content;

    [Parameter, EditorRequired] public string Text { get; set; } = "";

    protected override void OnParametersSet()
    {
        if (_drawn == Text)
            return;
        _drawn = Text;
        _content = MarkdownTree.Draw(Text);
    }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenElement(0, "div");
        builder.AddAttribute(1, "class", "prose");
        builder.AddContent(2, _content);
        builder.CloseElement();
    }
}
