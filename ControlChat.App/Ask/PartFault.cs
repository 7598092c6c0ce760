using System.Text.Encodings.Web;
using ControlChat.App.Ui;
using Microsoft.AspNetCore.Components;

namespace ControlChat.App.Ask;

/// <summary>What stands in the place of a part that could not be drawn.</summary>
internal static class PartFault
{
    public static MarkupString Note(ResourceAssetCollection assets) =>
        new($"""<div class="note danger">{Icons.Of(assets, "failed")}<span>{HtmlEncoder.Default.Encode(Texts.PartNotShown)}</span></div>""");
}
