using System.Text.RegularExpressions;
using Xunit;

namespace ControlChat.Tests.App.Ui;

public sealed partial class StyleRuleTests
{
    [Fact]
    public void Colours_are_named_in_tokens_css_and_nowhere_else() =>
        Assert.Equal([], Lines([".css", ".razor", ".razor.cs"], Colour()).Where(line => !line.StartsWith("tokens.css", StringComparison.Ordinal)));

    [Fact]
    public void No_markup_has_an_inline_style_because_the_content_policy_refuses_it() =>
        Assert.Equal([], Lines([".razor"], InlineStyle()));

    [Fact]
    public void No_markup_has_an_inline_script_or_handler_because_the_content_policy_refuses_it() =>
        Assert.Equal([], Lines([".razor"], InlineScript()));

    [Fact]
    public void Every_token_that_is_used_exists()
    {
        var known = Tokens.Of("light").Names.ToHashSet();
        var used = SourceTree.Files(".css").SelectMany(file => Use().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value));
        Assert.Equal([], used.Distinct().Where(name => !known.Contains(name)));
    }

    [Fact]
    public void Every_icon_that_is_named_is_in_the_sprite()
    {
        var sprite = SourceTree.Read("wwwroot", "icons.svg");
        var named = SourceTree.Files(".razor", ".cs").SelectMany(file => IconName().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).Distinct().ToList();
        Assert.True(named.Count > 30, "The rule does not see how icons are named.");
        Assert.Equal([], named.Where(name => !sprite.Contains($"id=\"{name}\"", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Lines(string[] endings, Regex rule) =>
        from file in SourceTree.Files(endings)
        from line in File.ReadAllLines(file).Select((text, index) => (text, number: index + 1))
        where rule.IsMatch(line.text)
        select $"{Path.GetFileName(file)}:{line.number}: {line.text.Trim()}";

    [GeneratedRegex("(?<![&\\w/])#[0-9a-fA-F]{3,8}\\b(?=[\\s;,)\"'])|\\b(?:rgba?|hsla?|oklch)\\(")]
    private static partial Regex Colour();

    [GeneratedRegex("\\bstyle\\s*=|<style\\b")]
    private static partial Regex InlineStyle();

    [GeneratedRegex("<script(?![^>]*\\bsrc=)[^>]*>|<ImportMap|\\son[a-z]+\\s*=\\s*\"(?!@)|javascript:")]
    private static partial Regex InlineScript();

    [GeneratedRegex("var\\(--cc-([a-z0-9-]+)\\)")]
    private static partial Regex Use();

    [GeneratedRegex("\\bIcons\\.(?:Of|Small)\\([Aa]ssets, \"([a-z]+)\"\\)")]
    private static partial Regex IconName();
}
