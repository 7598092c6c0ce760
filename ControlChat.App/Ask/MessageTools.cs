using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Encodings.Web;
using ControlChat.App.Ui;
using Microsoft.AspNetCore.Components;

namespace ControlChat.App.Ask;

/// <summary>
/// What can be done with a message: the same markup for all of them, shared by all circuits. Their text and their address are said
/// once, by the message itself; js/ask.js and js/ui.js take them from there. On a phone the three stand behind one button. They are
/// one stop with their message: js/ask.js lets Tab in when the message has the focus.
/// </summary>
internal static class MessageTools
{
    private static readonly ConcurrentDictionary<(string Icon, string Language, bool Linked), MarkupString> Drawn = new();

    /// <param name="linked">False while the message is not stored, so that no link leads to it.</param>
    public static MarkupString Of(ResourceAssetCollection assets, bool linked) =>
        Drawn.GetOrAdd((assets["icons.svg"], CultureInfo.CurrentUICulture.Name, linked), static (key, assets) => Draw(assets, key.Linked), assets);

    private static MarkupString Draw(ResourceAssetCollection assets, bool linked)
    {
        var link = linked
            ? $"""<button type="button" class="b ghost icon small" aria-label="{Text(Texts.CopyLinkToThisMessage)}" title="{Text(Texts.CopyLinkTitle)}" data-hotkey="l" data-copy-link tabindex="-1">{Icons.Small(assets, "link")}</button>"""
            : "";
        var listed = linked ? $"""<button type="button" role="menuitem" data-copy-link>{Icons.Of(assets, "link")}{Text(Texts.CopyLink)}</button>""" : "";
        return new MarkupString($"""
            <span class="msg-tools"><span class="msg-act"><button type="button" class="b ghost small copy icon" data-copy="" aria-label="{Text(Texts.CopyTitle)}" title="{Text(Texts.CopyTitle)}" data-hotkey="c">{Icons.Small(assets, "copy")}<span class="idle"></span><span class="done" role="status"></span></button></span>
            <button type="button" class="b ghost icon small" aria-label="{Text(Texts.AskAgain)}" title="{Text(Texts.AskAgainTitle)}" data-hotkey="r" data-again tabindex="-1">{Icons.Small(assets, "again")}</button>
            {link}
            <details class="menu phone" data-menu><summary class="b ghost icon phone" role="button" aria-label="{Text(Texts.MoreOfMessage)}">{Icons.Of(assets, "more")}</summary><div class="menu-list" role="menu"><button type="button" role="menuitem" data-copy="">{Icons.Of(assets, "copy")}{Text(CommonTexts.Copy)}</button>
            <button type="button" role="menuitem" data-again>{Icons.Of(assets, "again")}{Text(Texts.AskAgain)}</button>
            {listed}</div></details></span>
            """);
    }

    private static string Text(string text) => HtmlEncoder.Default.Encode(text);
}
