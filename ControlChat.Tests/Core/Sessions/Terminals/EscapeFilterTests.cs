using System.Diagnostics;
using System.Text;
using ControlChat.Core.Sessions.Terminals;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>What a program prints reaches the screen, and nothing beyond it. Bytes are written as Latin-1 here.</summary>
public sealed class EscapeFilterTests
{
    private const string Pool = "\e\e\e]];;0852?[[\\\\\a\a\x9b\x9d\x9c\xc2\xc2\xe2PX^_tn2114;m \n\x05\x18h:/c%@aZ";

    public static TheoryData<string> Removed => new()
    {
        "\e]52;c;aGVsbG8=\a", "\e]52;c;?\a", "\e]52;c;x\e\\", "\e]052;c;x\a", "\e]52;c;x\xc2\x9c", "\xc2\x9d" + "52;c;x\a", "\e\n]52;c;x\a", "\e]5\n2;c;x\a", "\e]5\x80" + "2;c;x\a",
        "\e[21t", "\e[20t", "\e[021t", "\e[21;0t", "\e[2\n1t", "\xc2\x9b" + "21t", "\x05", "\e[5i", "\e[1;1;1;1;9;9*y", "\e%@",
        "\eP$qm\e\\", "\eP+q544e\e\\", "\eP1$tx\e\\", "\eP0;0;0q#0;2;0;0;0~~\e\\", "\xc2\x90$qm\xc2\x9c",
        "\e]4;1;?\a", "\e]10;?\a", "\e]11;?\e\\", "\e]12;#fff;?\a", "\e]19;?\a", "\e]1337;File=name=eA==;inline=1:eA==\a", "\e]1337;SetMark\a",
        "\e]8;;file:///etc/passwd\a", "\e]8;;javascript:alert(1)\a", "\e]8;id=1;data:text/html,x\e\\", "\e]8;;http:x\a", "\e]7;file://host/\a", "\e]9;hello\a", "\e]777;notify;a;b\a", "\e]99;;x\a",
        "\e]50;?\a", "\e]P0ffffff\a", "\e]l\a", "\e]\a", "\e]0;" + new string('t', 600) + "\a", "\e_Ga=q\e\\", "\e^pm\e\\", "\eXsos\e\\", "\xc2\x98sos\xc2\x9c", "\xc2\x9e" + "pm\xc2\x9c", "\xc2\x9f" + "apc\xc2\x9c",
    };

    // Each has an emulator do something as often as it says, or as much of it as stands in one cell.
    public static TheoryData<string> Bombs => new()
    {
        "\e[2147483647L", "\e[301M", "\e[65535S", "\e[99999999999999999999T", "\e[501I", "\e[0000501Z", "\e[2147483647b", "\e[501;1b", "\e[501:1b", "\e[5\n01b", "\xc2\x9b" + "2147483647L", "\e[2147483647:7L",
        "\e[1001@", "\e[1001P", "\e[1001X", "\e[2147483647 @",
    };

    public static TheoryData<string> Kept => new()
    {
        "plain text\r\n\ttabs\b\a", "\e[31;1mred\e[0m", "\e[?1049h\e[?1000;1006h\e[?2004h", "\e[<0;10;20M", "\e[8;21;80t", "\e[22;0t\e[23;0t", "\e[c\e[>c\e[6n", "\e(B\e)0\e=\e>\e7\e8\eM\ec\e#8",
        "\e]0;a title\a", "\e]2;grüße\e\\", "\e]8;;https://example.org/a;b\alink\e]8;;\a", "\e]8;id=1;mailto:a@b\e\\x\e]8;;\e\\", "\e]8;;HTTP://x\a", "\e]4;1;rgb:ff/00/00\a", "\e]10;#ffffff\a", "\e]104\a", "\e]112\a", "\e]133;A\a",
        "\xe2\x80\x9d \xe2\x80\x9b \xc3\x9b \xc3\x9d \xf0\x9f\x90\x9b", "\x9b" + "21t \x9d" + "52;c;x \x90 \xff\xfe\x80", "\xc2\xb0 \xc2\xa0 \xc2\x85 \xc2", "\xc2\xc2\xc2x", "\e[38:2::255:0:0m", "\e[1\n;2H", "\e[!p\e[1 q\e[?1$p",
        "\e[300L\e[300M\e[300S\e[300T\e[500I\e[500Z\e[1000X\e[L\e[;9L", "-\e[99b", "\e[9999C\e[9999;9999H\e[999A\e[?2026h",
    };

    [Theory]
    [MemberData(nameof(Removed))]
    public void What_acts_beyond_the_screen_is_removed(string sequence)
    {
        var input = Latin($"before{sequence}behind");
        Assert.Equal("beforebehind", Text(Whole(input)));
        for (var cut = 0; cut <= input.Length; cut++) Assert.Equal("beforebehind", Text(Pieces(input, cut)));
    }

    [Theory]
    [MemberData(nameof(Bombs))]
    public void What_would_keep_an_emulator_busy_for_minutes_is_removed(string sequence) => What_acts_beyond_the_screen_is_removed(sequence);

    [Theory]
    [MemberData(nameof(Kept))]
    public void What_draws_passes_byte_for_byte(string sequence)
    {
        var input = Latin(sequence + "|");
        Assert.Equal(input, Whole(input));
        for (var cut = 0; cut <= input.Length; cut++) Assert.Equal(input, Pieces(input, cut));
    }

    [Theory]
    // What remains on both sides of a removed sequence never becomes one.
    [InlineData("\e\e]52;c;x\a]52;c;evil\a", "]52;c;evil\a")]
    [InlineData("\e[2\e]52;c;x\a1t", "1t")]
    [InlineData("\xc2\e]52;c;x\a\x9b" + "21t", "\xc2" + "21t")]
    [InlineData("\xc2\x05\x9d" + "52;c;x\a", "\xc2" + "52;c;x\a")]
    [InlineData("\e]4;1;\e]52;c;x\a?\a", "?\a")]
    [InlineData("\e]0;a\xc2\x9d" + "52;c;x\ab", "b")]
    [InlineData("\e\xe2]52;c;x\a", "\xe2]52;c;x\a")]
    [InlineData("\e]52;c;x\x18]y", "\x18]y")]
    [InlineData("\ePtmux;\e\e]52;c;x\a\e\\", "\e\\")]
    [InlineData("\e]0;title\e[31mred", "\e[31mred")]
    // One cell may hold any number of marks over its letter, and REP repeats all of them.
    [InlineData("a\xcc\x81\e[9b", "a\xcc\x81")]
    [InlineData("a\e[m\e[9b", "a\e[m")]
    [InlineData("a\e]52;c;x\a\e[9b", "a\e[9b")]
    public void Nothing_is_made_of_what_is_left(string input, string expected)
    {
        var bytes = Latin(input);
        Assert.Equal(expected, Text(Whole(bytes)));
        for (var cut = 0; cut <= bytes.Length; cut++) Assert.Equal(expected, Text(Pieces(bytes, cut)));
    }

    [Fact]
    public void A_string_without_an_end_is_held_to_a_bound_and_dropped_to_its_end()
    {
        var filter = new EscapeFilter();
        var output = new byte[1_000_000 + EscapeFilter.MostHeld];
        Assert.Equal(0, filter.Filter(Latin("\e]0;"), output));
        for (var i = 0; i < 20; i++) Assert.Equal(0, filter.Filter(new byte[1_000_000].Select(_ => (byte)'x').ToArray(), output));
        var written = filter.Filter(Latin("\aon"), output);
        Assert.Equal("on", Text(output[..written]));
        Assert.Equal("\e[0m", Text(Whole(Latin("\e[" + new string('1', 5000) + "m\e[0m"))));
        Assert.Equal("x", Text(Whole(Latin("\e" + new string(' ', 9000) + "Bx"))));
    }

    [Fact]
    public void Any_cutting_gives_the_same_which_is_clean_and_never_longer()
    {
        var random = new Random(20261127);
        for (var round = 0; round < 4000; round++)
        {
            var input = Latin(string.Concat(Enumerable.Range(0, random.Next(1, 60)).Select(_ => Pool[random.Next(Pool.Length)])));
            var whole = Whole(input);
            Assert.True(whole.Length <= input.Length);
            Assert.Equal(whole, Pieces(input, [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => random.Next(input.Length + 1)).Order()]));
            Assert.Equal(whole, Pieces(input, [.. Enumerable.Range(0, input.Length)]));
            // Nothing that had to go is left: a second filter finds all of it good, but for what has no end yet.
            Assert.Equal(Shown([.. whole, (byte)'|']), Shown(Whole([.. whole, (byte)'|'])));
        }
    }

    [Fact]
    public void A_flood_of_text_costs_little()
    {
        var line = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a line of ordinary output that a build prints, eighty characters of it or so..\r\n", 400)));
        var (filter, output, best) = (new EscapeFilter(), new byte[line.Length + EscapeFilter.MostHeld], TimeSpan.MaxValue);
        // The best of several: others work on this machine too.
        for (var round = 0; round < 5; round++)
        {
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < 640; i++) filter.Filter(line, output);
            best = watch.Elapsed < best ? watch.Elapsed : best;
        }
        var rate = 640.0 * line.Length / 1_048_576 / best.TotalSeconds;
        TestContext.Current.TestOutputHelper?.WriteLine($"{rate:F0} MiB/s");
        Assert.True(rate > 100, $"{rate:F0} MiB/s");
    }

    private static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);

    private static string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    private static string Shown(byte[] bytes) => string.Concat(bytes.Select(b => b is >= 0x20 and < 0x7f ? ((char)b).ToString() : $"<{b:x2}>"));

    private static byte[] Whole(byte[] input) => Pieces(input);

    private static byte[] Pieces(byte[] input, params int[] cuts)
    {
        var (filter, all, from) = (new EscapeFilter(), new List<byte>(), 0);
        foreach (var cut in cuts.Append(input.Length))
        {
            var output = new byte[cut - from + EscapeFilter.MostHeld];
            all.AddRange(output[..filter.Filter(input.AsSpan()[from..cut], output)]);
            from = cut;
        }
        return [.. all];
    }
}
