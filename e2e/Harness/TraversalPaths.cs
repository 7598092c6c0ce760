namespace ControlChat.Harness;

/// <summary>Paths as somebody writes them who wants to get out: up, absolute, encoded once and twice, look-alikes, zero bytes, too long, by links and by magic links.</summary>
public static class TraversalPaths
{
    private static readonly string[] _starts = ["", "", "", "docs/", "docs/deep/", "./", "in/", "self/self/self/", "nosuch/", "a.md/", "docs//", " ", "%2e/"];

    private static readonly string[] _ups =
        ["..", "..", "..", "%2e%2e", "%2E%2E", "%252e%252e", "..%00", "\uFF0E\uFF0E", "\u2025", "\u2024\u2024", @"\x2e\x2e", @"\u{2E}\u{2E}", @"\x2E.", ".. ", " ..", "..\0", "...", "....", "..;", ".\u200B.", "..\u202E", "%c0%ae%c0%ae", "..%ef%bc%8f"];

    private static readonly string[] _slashes = ["/", "/", "/", "//", "/./", @"\", @"\\", "\u2215", "\u2044", "\uFF0F", "%2f", "%252F", "%5c", @"\x2f", @"\u{2F}", "/\0/", "/ /", "%c0%af"];

    private static readonly string[] _names = ["a.md", "docs/a.md", "docs/deep/c.md", "new.md", "docs", "", "only-outside.txt", "etc/passwd", "beyond/a.md", "beyond", "beyond/only-outside.txt", "beyond/new.md", "proc/self/environ", "proc/self/root/etc/passwd"];

    private static readonly string[] _ends = ["", "", "", "", "/", "/.", "/..", ".", "..", " ", "\0", "\0.md", "%00", "\n", "\r\n", "?x", "#x", "::$DATA", "\u202E", "~"];

    public static string Next(Random dice, EscapeTree tree)
    {
        ArgumentNullException.ThrowIfNull(dice);
        ArgumentNullException.ThrowIfNull(tree);
        return dice.Next(8) switch
        {
            0 => Absolute(dice, tree),
            1 or 2 => ByLink(dice, tree),
            3 => TooLong(dice),
            _ => Up(dice),
        };
    }

    private static string Up(Random dice)
    {
        var (up, slash) = (Any(dice, _ups), Any(dice, _slashes));
        var path = Any(dice, _starts);
        for (var i = dice.Next(1, 12); i > 0; i--) path += (dice.Next(5) == 0 ? Any(dice, _ups) : up) + (dice.Next(5) == 0 ? Any(dice, _slashes) : slash);
        return path + Any(dice, _names) + Any(dice, _ends);
    }

    private static string Absolute(Random dice, EscapeTree tree)
    {
        var place = dice.Next(5) switch { 0 => tree.Beyond + "/", 1 => tree.Root + "/../beyond/", 2 => "/", 3 => "/proc/self/root" + tree.Beyond + "/", _ => "/proc/self/cwd/" };
        var start = Any(dice, ["", "", "/", "//", "file://", "file:", @"\\?\", "C:", "~", " ", @"\x2f", "\uFF0F", "./", "\0"]);
        return start + place + Any(dice, _names) + Any(dice, _ends);
    }

    private static string ByLink(Random dice, EscapeTree tree)
    {
        var path = Any(dice, _starts) + Any(dice, tree.Links).Link;
        for (var i = dice.Next(3); i > 0; i--) path += "/" + (dice.Next(2) == 0 ? Any(dice, tree.Links).Link : Any(dice, ["self", "root", "cwd", "3", "10", "docs", ".."]));
        return path + Any(dice, ["/", "/", "", "//", "/./"]) + Any(dice, _names) + Any(dice, _ends);
    }

    private static string TooLong(Random dice) => dice.Next(4) switch
    {
        0 => new string('a', dice.Next(200, 5_000)) + "/../../beyond/a.md",
        1 => string.Concat(Enumerable.Repeat("docs/../", dice.Next(1, 700))) + "../beyond/a.md",
        2 => string.Concat(Enumerable.Repeat("self/", dice.Next(1, 100))) + "out/a.md",
        _ => string.Concat(Enumerable.Repeat("./", dice.Next(1, 3_000))) + "../beyond/a.md",
    };

    private static T Any<T>(Random dice, T[] all) => all[dice.Next(all.Length)];
}
