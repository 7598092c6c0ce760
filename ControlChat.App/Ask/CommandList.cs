using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using ControlChat.Core.Runner;
using Microsoft.AspNetCore.Components;

namespace ControlChat.App.Ask;

/// <summary>
/// The composer's slash commands, which js/ask.js shows, narrows and numbers. Made once for the same commands and shared by all
/// circuits: none of it changes, and each page would hold 20 KiB of it.
/// </summary>
internal static class CommandList
{
    private static readonly ConcurrentDictionary<string, MarkupString> Drawn = new(StringComparer.Ordinal);

    /// <summary>No command of the control agent: it opens a chat with another one (<see cref="Layout.AgentRequest"/>).</summary>
    public static SlashCommand Agent => new(Layout.AgentRequest.Word, $"{Layout.AgentRequest.Word} [TEXT]", Texts.OpensAChatWithTheAgent, Core.Gate.ToolScope.Write, null);

    public static MarkupString Of(IReadOnlyList<SlashCommand> commands) =>
        Drawn.GetOrAdd(CultureInfo.CurrentUICulture.Name + ' ' + string.Join(' ', commands.Select(command => command.Name)), static (_, commands) => Draw(commands), commands);

    private static MarkupString Draw(IReadOnlyList<SlashCommand> commands)
    {
        var html = new StringBuilder();
        foreach (var command in commands)
        {
            var open = command.Syntax.Contains(' ') ? " data-open=\"true\"" : "";
            html.Append(CultureInfo.InvariantCulture, $"""<li role="option" aria-selected="false" data-command="{Text(command.Name)}"{open}>""")
                .Append(CultureInfo.InvariantCulture, $"""<code>{Text(command.Name)}</code><span class="muted cut">{Text(command.Does)}</span>""")
                .Append(CultureInfo.InvariantCulture, $"""<span class="small quiet nowrap hide-tiny">{Text(command.Scope.ToString().ToLowerInvariant())}</span></li>""");
        }
        return new MarkupString(html.ToString());
    }

    private static string Text(string text) => HtmlEncoder.Default.Encode(text);
}
