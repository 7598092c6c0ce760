using Bunit;
using ControlChat.App.Ui;
using Xunit;

namespace ControlChat.Tests.App.Ui;

public sealed class SearchFieldTests : BunitContext
{
    private readonly List<string?> _sent = [];

    [Fact]
    public void What_comes_back_late_takes_nothing_away_that_was_typed_since()
    {
        var field = Show(null);
        foreach (var text in (string[])["ab", "abc", "abcd"]) field.Find("input").Input(text);
        Assert.Equal(["ab", "abc", "abcd"], _sent);
        foreach (var late in (string[])["ab", "abc"])
        {
            Give(field, late);
            Assert.Equal("abcd", Value(field));
        }
        // Shorter than what is under way: what was deleted does not come back either.
        field.Find("input").Input("a");
        Give(field, "abcd");
        Assert.Equal("a", Value(field));
    }

    [Fact]
    public void A_blank_at_the_end_stays_while_a_word_follows()
    {
        var field = Show(null);
        field.Find("input").Input("river ");
        Give(field, "river");
        Assert.Equal("river ", Value(field));
    }

    [Fact]
    public void What_another_place_searches_for_moves_into_the_field()
    {
        var field = Show("first");
        Assert.Equal("first", Value(field));
        field.Find("input").Input("second");
        Give(field, "second");
        Give(field, null);
        Assert.Equal("", Value(field));
        // Going back: it was typed here once, and is news now.
        Give(field, "second");
        Assert.Equal("second", Value(field));
    }

    private IRenderedComponent<SearchField> Show(string? value) =>
        Render<SearchField>(p => p.Add(f => f.Label, "Search").Add(f => f.Value, value).Add(f => f.OnSearch, _sent.Add));

    private static void Give(IRenderedComponent<SearchField> field, string? value) => field.Render(p => p.Add(f => f.Value, value));

    private static string Value(IRenderedComponent<SearchField> field) => field.Find("input").GetAttribute("value") ?? "";
}
