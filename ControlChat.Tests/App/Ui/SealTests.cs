using Bunit;
using ControlChat.App.Ui;
using Xunit;

namespace ControlChat.Tests.App.Ui;

public sealed class SealTests
{
    [Fact]
    public void Eight_digits_draw_eight_bars_from_low_to_full_height() =>
        Assert.Equal([5, 3, 12, 2, 8, 11, 7, 14], SealBars.Of("41d08b6fffffffff").Select(bar => bar.Height));

    [Fact]
    public void The_digits_stand_in_two_groups_whatever_the_hash_is_dressed_in() =>
        Assert.Equal("9f3c a71e", SealBars.Digits("sha256:9F3CA71E00"));

    [Fact]
    public void The_drawing_is_made_of_attributes_only_and_the_digits_are_read_aloud()
    {
        using var page = new BunitContext();
        var seal = page.Render<Seal>(p => p.Add(s => s.Hash, "41d08b6f00"));
        Assert.Equal(8, seal.FindAll("rect").Count);
        Assert.Empty(seal.FindAll("[style]"));
        Assert.Equal("true", seal.Find("svg").GetAttribute("aria-hidden"));
        Assert.EndsWith("41d0 8b6f", seal.Find(".mark").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hash_that_is_none_draws_nothing_and_does_not_fail() => Assert.Empty(SealBars.Of(""));
}
