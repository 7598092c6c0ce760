using ControlChat.App.Ui;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace ControlChat.App.Ask;

/// <summary>
/// What a run said, and what it thought aloud. One component for all of it and its own fault boundary: a long conversation has hundreds
/// of these, and each component around them would cost the circuit 2 KiB more.
/// </summary>
public sealed partial class AnswerText : ComponentBase
{
    private (string? Anchor, string Shown, string Thoughts, bool Growing)? _drawn;

    [Parameter, EditorRequired] public AskPart.Text Said { get; set; } = null!;

    /// <summary>Where a link to it leads; null for what its answer's own link leads to.</summary>
    [Parameter] public string? Anchor { get; set; }

    [Inject] private ILogger<AnswerText> Logger { get; set; } = null!;

    protected override bool ShouldRender() => _drawn != (Anchor, Said.Shown, Said.Thoughts, Said.Growing);

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        _drawn = (Anchor, Said.Shown, Said.Thoughts, Said.Growing);
        try
        {
            if (Said.Thoughts.Length > 0) Thoughts(builder);
            if (Said.Shown.Length > 0) Shown(builder);
        }
#pragma warning disable CA1031 // A text that cannot be drawn costs the reader that text, not the page.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotDrawn(Logger, e, Said.MessageId);
            builder.Clear();
            builder.AddContent(0, PartFault.Note(Assets));
        }
    }

    private void Thoughts(RenderTreeBuilder builder)
    {
        builder.OpenComponent<Disclosure>(1);
        builder.AddComponentParameter(2, nameof(Disclosure.Summary), (RenderFragment)(inner =>
        {
            inner.OpenElement(0, "span");
            inner.AddAttribute(1, "class", "small muted");
            inner.AddContent(2, Texts.Reasoning);
            inner.CloseElement();
        }));
        builder.AddComponentParameter(3, nameof(Disclosure.ChildContent), (RenderFragment)(inner =>
        {
            inner.OpenElement(0, "div");
            inner.AddAttribute(1, "class", "small muted");
            MarkdownView.Draw(inner, Said.Thoughts);
            inner.CloseElement();
        }));
        builder.CloseComponent();
    }

    private void Shown(RenderTreeBuilder builder)
    {
        builder.OpenElement(4, "div");
        builder.AddAttribute(5, "id", Anchor);
        builder.AddAttribute(6, "class", Said.Growing ? "growing" : null);
        builder.AddAttribute(7, "aria-live", "off");
        builder.OpenRegion(8);
        MarkdownView.Draw(builder, Said.Shown);
        builder.CloseRegion();
        builder.CloseElement();
    }

    [LoggerMessage(1, LogLevel.Error, "A text of an answer could not be drawn ({MessageId})")]
    private static partial void LogNotDrawn(ILogger logger, Exception fault, string messageId);
}
