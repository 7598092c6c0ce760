using System.Buffers;
using System.Text;
using ControlChat.Core.Sessions.Terminals.Hosts;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>What tmux says and is told.</summary>
public sealed class TmuxTextTests
{
    [Theory]
    [InlineData("%output %0 a\\033[1mb\\015\\012", "a\u001b[1mb\r\n")]
    [InlineData("%output %12 \\134\\134101 \\\\09", "\\\\101 \\\\09")]
    [InlineData("%output %0 ", "")]
    [InlineData("%output %0 \\01", "\\01")]
    [InlineData("%window-renamed @0 x", null)]
    [InlineData("%outputs %0 a", null)]
    public void Output_is_its_bytes(string line, string? bytes)
    {
        var into = new ArrayBufferWriter<byte>();
        Assert.Equal(bytes is not null, ControlLines.TryOutput(Encoding.UTF8.GetBytes(line), into));
        Assert.Equal(bytes ?? "", Encoding.UTF8.GetString(into.WrittenSpan));
    }

    [Fact]
    public void A_line_that_never_ends_is_the_end()
    {
        var lines = new ControlLines(new MemoryStream([.. "%output %0 a\n"u8, .. new byte[2_000_000]]));
        Assert.True(lines.Next(out var line));
        Assert.Equal("%output %0 a", Encoding.ASCII.GetString(line));
        Assert.False(lines.Next(out _));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("abc", 0)]
    [InlineData("abc<", 1)]
    [InlineData("abc<en", 3)]
    [InlineData("<en<", 1)]
    public void The_beginning_of_a_mark_is_seen(string text, int length) => Assert.Equal(length, ControlLines.Begun(Encoding.ASCII.GetBytes(text), "<end>"u8));

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("\u001b[?62;4cx", "x")]
    [InlineData("\u001b[>0;276;0c", "")]
    [InlineData("\u001b[0n", "")]
    [InlineData("a\u001b[12;40Rb", "ab")]
    [InlineData("\u001b[1;1R", "")]
    [InlineData("\u001b[1;2R", "\u001b[1;2R")]
    [InlineData("\u001b[?2026;2$y", "")]
    [InlineData("\u001b[?0u", "")]
    [InlineData("\u001b]11;rgb:0000/0000/0000\u001b\\", "")]
    [InlineData("\u001b]10;rgb:ffff/ffff/ffff\u0007", "")]
    [InlineData("\u001bP>|xterm.js(5.5.0)\u001b\\", "")]
    [InlineData("\u001b", "\u001b")]
    [InlineData("\u001b[A\u001bOP\u001b[15~\u001b[1;5C", "\u001b[A\u001bOP\u001b[15~\u001b[1;5C")]
    [InlineData("\u001b[<0;10;5M\u001b[<0;10;5m", "\u001b[<0;10;5M\u001b[<0;10;5m")]
    [InlineData("\u001b[200~a;1R\u001b[201~", "\u001b[200~a;1R\u001b[201~")]
    [InlineData("\u001b[I\u001b[O", "\u001b[I\u001b[O")]
    public void Answers_of_a_screen_are_no_keys(string typed, string left) =>
        Assert.Equal(left, Encoding.UTF8.GetString(TerminalAnswers.Without(Encoding.UTF8.GetBytes(typed)).Span));

    [Theory]
    [InlineData("tmux 3.3a\n", null)]
    [InlineData("tmux 3.10", null)]
    [InlineData("tmux next-3.6", null)]
    [InlineData("tmux master", null)]
    [InlineData("tmux 3.2a", "too old")]
    [InlineData("tmux 2.9", "too old")]
    [InlineData("", "Install the Debian package tmux")]
    public void A_version_that_is_too_old_is_said(string printed, string? fault)
    {
        if (fault is null) Assert.Null(TmuxHost.FaultOf(printed));
        else Assert.Contains(fault, TmuxHost.FaultOf(printed), StringComparison.Ordinal);
    }
}
