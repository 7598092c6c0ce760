using ControlChat.Core.Workspaces;
using Xunit;

namespace ControlChat.Tests.Core.Workspaces;

public sealed class NameWarningsTests
{
    [Theory]
    [InlineData("data 2026")]
    [InlineData("Zürich Ελλάδα Москва")]
    [InlineData("データdata데이터数据")]
    [InlineData("שלום world")]
    [InlineData("naïve café")]
    public void An_ordinary_name_needs_no_warning(string name)
    {
        Assert.Empty(NameWarnings.For("title", name));
        Assert.Equal(name, NameWarnings.Marked(name));
    }

    [Theory]
    [InlineData("pаypal", "Latin and Cyrillic")]
    [InlineData("αdmin", "Greek and Latin")]
    [InlineData("pаy\u200bpal", "Latin and Cyrillic")]
    [InlineData("dａta", "Latin and full-width Latin")]
    public void Letters_that_pass_for_others_are_named(string name, string scripts)
    {
        Assert.Contains(NameWarnings.For("title", name), w => w.Contains(scripts, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a\u202Eb", "a<U+202E>b", "reading direction")]
    [InlineData("a\u200Bb", "a<U+200B>b", "cannot be seen")]
    [InlineData("a\u3164b", "a<U+3164>b", "cannot be seen")]
    [InlineData("a\u2028b", "a<U+2028>b", "cannot be seen")]
    public void What_cannot_be_seen_becomes_a_mark(string name, string marked, string words)
    {
        Assert.Equal(marked, NameWarnings.Marked(name));
        Assert.Contains(words, Assert.Single(NameWarnings.For("title", name)), StringComparison.Ordinal);
    }
}
