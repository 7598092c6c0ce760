using Xunit;

namespace ControlChat.Tests.App.Ui;

public sealed class ContrastTests
{
    private static readonly string[] Surfaces = ["canvas", "surface", "raised", "sunken", "hover", "accent-soft", "code"];

    public static TheoryData<string> Themes => new("light", "dark");

    [Theory, MemberData(nameof(Themes))]
    public void Text_is_readable_on_every_surface(string theme) =>
        Check(theme, 4.5, from text in new[] { "text", "text-2", "text-3", "accent-text" } from surface in Surfaces select (text, surface));

    [Theory, MemberData(nameof(Themes))]
    public void Main_text_is_readable_on_a_search_hit_and_on_every_soft_colour(string theme) =>
        Check(theme, 4.5, from text in new[] { "text", "text-2" } from surface in new[] { "mark", "ok-soft", "warn-soft", "danger-soft", "accent-soft" } select (text, surface));

    [Theory, MemberData(nameof(Themes))]
    public void Words_that_carry_meaning_are_readable_on_their_own_soft_colour_and_on_surfaces(string theme) =>
        Check(theme, 4.5, from meaning in new[] { "ok", "warn", "danger" } from surface in new[] { "canvas", "surface", "raised", "sunken", "hover", meaning + "-soft" } select (meaning, surface));

    [Theory, MemberData(nameof(Themes))]
    public void Filled_buttons_are_readable(string theme) =>
        Check(theme, 4.5, [("on-accent", "accent"), ("on-accent", "accent-hover"), ("on-danger", "danger-fill"), ("on-danger", "danger-fill-hover")]);

    [Theory, MemberData(nameof(Themes))]
    public void Before_and_after_are_readable(string theme) =>
        Check(theme, 4.5, [("add-text", "add"), ("del-text", "del")]);

    [Theory, MemberData(nameof(Themes))]
    public void Terminal_colours_are_readable(string theme) =>
        Check(theme, 4.5, from colour in new[] { "term-text", "term-dim", "term-ok", "term-warn", "term-err", "term-accent" } select (colour, "term"));

    [Theory, MemberData(nameof(Themes))]
    public void Borders_of_controls_focus_and_charts_can_be_seen(string theme) =>
        Check(theme, 3, from line in new[] { "line-strong", "focus", "accent", "danger-fill", "chart-1", "chart-2" } from surface in new[] { "canvas", "surface", "raised" } select (line, surface));

    [Fact]
    public void Dark_names_no_token_that_light_does_not_have() =>
        Assert.Equal(Tokens.Of("light").Names.Order(), Tokens.Of("dark").Names.Order());

    private static void Check(string theme, double needed, IEnumerable<(string Front, string Back)> pairs)
    {
        var tokens = Tokens.Of(theme);
        var low = pairs.Select(pair => (pair.Front, pair.Back, Ratio: tokens.Contrast(pair.Front, pair.Back))).Where(pair => pair.Ratio < needed);
        Assert.Equal([], low.Select(pair => $"{pair.Front} on {pair.Back}: {pair.Ratio:0.00}, needs {needed}"));
    }
}
