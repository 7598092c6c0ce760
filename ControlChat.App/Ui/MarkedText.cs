using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace ControlChat.App.Ui;

/// <summary>
/// Text somebody else wrote, with nothing hidden in it: see <see cref="VisibleText"/>. It is isolated, so that it cannot turn the text
/// around it. Drawn into the component it stands in: a component of its own for each text would cost its circuit 2 KiB.
/// </summary>
public static class MarkedText
{
    public static RenderFragment Of(string text) => builder => Draw(builder, text, lines: false);

    /// <summary>Keeps tabs and line ends as they are.</summary>
    public static RenderFragment Lines(string text) => builder => Draw(builder, text, lines: true);

    /// <summary>For names: says so when one word mixes scripts that look alike.</summary>
    public static RenderFragment Name(ResourceAssetCollection assets, string text) => builder =>
    {
        Draw(builder, text, lines: false);
        if (IsAscii(text) || ScriptMix.Find(text) is not { } mix) return;
        builder.OpenElement(6, "span");
        builder.AddAttribute(7, "class", "tag warn mix");
        builder.AddContent(8, Icons.Of(assets, "warn"));
        builder.AddContent(9, Texts.MixesScripts.With(mix));
        builder.CloseElement();
    };

    internal static void Draw(RenderTreeBuilder builder, string text, bool lines)
    {
        // printable ASCII, the common case, needs no element of its own
        if (IsAscii(text))
        {
            builder.AddContent(0, text);
            return;
        }
        builder.OpenElement(1, "bdi");
        builder.AddAttribute(2, "class", lines ? "marked pre" : "marked");
        foreach (var part in VisibleText.Split(text, lines))
        {
            if (part.Unseen) Unseen(builder, part.Text);
            else builder.AddContent(5, part.Text);
        }
        builder.CloseElement();
    }

    private static bool IsAscii(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    private static void Unseen(RenderTreeBuilder builder, string mark)
    {
        builder.OpenElement(3, "span");
        builder.AddAttribute(4, "class", "unseen");
        builder.AddContent(5, mark);
        builder.CloseElement();
    }
}
