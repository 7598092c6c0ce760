using Bunit;
using ControlChat.App.Ui;
using Microsoft.AspNetCore.Components;
using Xunit;

namespace ControlChat.Tests.App.Ui;

public sealed class VisibleTextTests
{
    [Theory]
    [InlineData("river-gauge-api", "river-gauge-api")]
    [InlineData("Zürich, 東京, Привет", "Zürich, 東京, Привет")]
    [InlineData("a\u202eb", "a⟨U+202E⟩b")]
    [InlineData("\u2066x\u2069", "⟨U+2066⟩x⟨U+2069⟩")]
    [InlineData("a\u200bb\u200cc\u200dd\ufeff", "a⟨U+200B⟩b⟨U+200C⟩c⟨U+200D⟩d⟨U+FEFF⟩")]
    [InlineData("a\u0000\u001b[31m\u007f\u0085", "a⟨U+0000⟩⟨U+001B⟩[31m⟨U+007F⟩⟨U+0085⟩")]
    [InlineData("a\u00adb\u061c\u180e", "a⟨U+00AD⟩b⟨U+061C⟩⟨U+180E⟩")]
    [InlineData("a\u2028b\u2029", "a⟨U+2028⟩b⟨U+2029⟩")]
    [InlineData("a\u2003b\u200a", "a⟨U+2003⟩b⟨U+200A⟩")]
    [InlineData("\u3164name\u115f\u2800", "⟨U+3164⟩name⟨U+115F⟩⟨U+2800⟩")]
    [InlineData("x\udb40\udc41", "x⟨U+E0041⟩")]
    [InlineData("a\ufe0f", "a⟨U+FE0F⟩")]
    [InlineData("\ue000", "⟨U+E000⟩")]
    [InlineData("€\u00a00.16", "€\u00a00.16")]
    [InlineData("👩‍💻 ❄\ufe0f", "👩‍💻 ❄\ufe0f")]
    [InlineData("a\tb\nc", "a⟨U+0009⟩b⟨U+000A⟩c")]
    public void What_hides_is_named_and_what_is_written_stays(string text, string shown) => Assert.Equal(shown, VisibleText.Of(text));

    [Fact]
    public void A_lone_surrogate_is_named() => Assert.Equal("a⟨U+D800⟩b⟨U+DC00⟩", VisibleText.Of("a\ud800b\udc00"));

    [Fact]
    public void Lines_and_tabs_stay_in_text_of_many_lines() => Assert.Equal("a\tb\r\nc⟨U+000C⟩", VisibleText.Of("a\tb\r\nc\f", keepLines: true));

    [Fact]
    public void Every_character_comes_out_once_and_in_order()
    {
        var random = new Random(7);
        for (var round = 0; round < 500; round++)
        {
            var text = string.Concat(Enumerable.Range(0, 40).Select(_ => (char)random.Next(0x20, 0xFFFF)));
            var shown = VisibleText.Split(text);
            Assert.Equal(text.Where(c => VisibleText.IsPlain(c.ToString())), string.Concat(shown.Where(part => !part.Unseen).Select(part => part.Text)).Where(c => VisibleText.IsPlain(c.ToString())));
            Assert.True(VisibleText.IsPlain(VisibleText.Of(text)));
        }
    }

    [Theory]
    [InlineData("раyroll", "Cyrillic and Latin")]
    [InlineData("pаypal", "Latin and Cyrillic")]
    [InlineData("αlpha", "Greek and Latin")]
    [InlineData("ｐaypal", "full-width Latin and Latin")]
    [InlineData("𝐩aypal", "mathematical letters and Latin")]
    [InlineData("ɡauge", "phonetic and Latin")]
    [InlineData("payroll", null)]
    [InlineData("Привет world", null)]
    [InlineData("東京data", null)]
    [InlineData("gauge-2026", null)]
    [InlineData("Zürich", null)]
    public void A_word_that_mixes_scripts_that_look_alike_is_found(string text, string? mix) => Assert.Equal(mix, ScriptMix.Find(text));

    [Fact]
    public void The_mark_is_set_apart_and_a_mixed_name_says_so()
    {
        using var page = new BunitContext();
        var text = page.Render(MarkedText.Name(ResourceAssetCollection.Empty, "pа\u202eypal"));
        Assert.Equal("⟨U+202E⟩", text.Find("bdi .unseen").TextContent);
        Assert.Equal("pа⟨U+202E⟩ypal", text.Find("bdi").TextContent);
        Assert.Equal("mixes Latin and Cyrillic", text.Find(".tag.warn").TextContent);
    }

    [Fact]
    public void Plain_text_has_no_element_of_its_own()
    {
        using var page = new BunitContext();
        Assert.Equal("river-gauge-api", page.Render(MarkedText.Of("river-gauge-api")).Markup);
    }
}
