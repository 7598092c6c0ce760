using ControlChat.Tests.HouseRules;
using Xunit;

namespace ControlChat.Tests.App.Ui;

/// <summary>A block that is never closed takes every rule after it along, and no browser says so.</summary>
public sealed class StyleSheetTests
{
    [Theory]
    [InlineData("ControlChat.App/wwwroot/css/app.css")]
    [InlineData("ControlChat.App/wwwroot/css/tokens.css")]
    public void Every_block_of_a_style_sheet_is_closed_before_the_next_section(string path)
    {
        var depth = 0;
        foreach (var (line, number) in Repository.Text(path).Split('\n').Select((l, i) => (l, i + 1)))
        {
            if (line.StartsWith("/* -----", StringComparison.Ordinal)) Assert.True(depth == 0, $"{path}:{number} begins inside a block that was not closed");
            depth += line.Count(c => c == '{') - line.Count(c => c == '}');
            Assert.True(depth >= 0, $"{path}:{number} closes a block that was not opened");
        }
        Assert.Equal(0, depth);
    }
}
