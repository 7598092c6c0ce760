using ControlChat.App.Ui;
using Microsoft.AspNetCore.Components;

namespace ControlChat.App.Ask;

/// <summary>A text with the words of a search, marked where they begin a word: as the search finds them.</summary>
internal static class Marked
{
    public static RenderFragment Of(string text, string search) => builder =>
    {
        foreach (var (part, hit) in WordMatch.Split(text, search))
        {
            builder.OpenRegion(0);
            if (hit) builder.OpenElement(0, "em");
            builder.AddContent(1, MarkedText.Of(part));
            if (hit) builder.CloseElement();
            builder.CloseRegion();
        }
    };
}
