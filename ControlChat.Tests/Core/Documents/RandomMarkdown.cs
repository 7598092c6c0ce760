using System.Text;

namespace ControlChat.Tests.Core.Documents;

/// <summary>Documents of a few lines, each of them trouble.</summary>
internal static class RandomMarkdown
{
    private static readonly string[] _prefixes = ["", "", "", "", "", "> ", ">", "- ", "* ", "1. ", "2) ", "-\t", " ", "  ", "   ", "    ", "\t", "     ", ">\t", "10. ", "-   ", "-      "];

    private static readonly string[] _contents =
    [
        "text", "more text", "# One", "## Two ##", "### Three #", "#", "##", "#no", "####### seven", @"\# no", "# *a* `b` [c](d) &amp; <i>e</i>", "#\tTab", "# A#", "## ## ##", "===", "==", "=", "---", "--", "-", "= =", "- - -", "***", "___", "* * *x",
        "```", "````", "``` info", "``` a`b", "~~~", "~~~~ x", "~~~ a`b", "```x```", "<div>", "</div>", "<div", "<p>x", "<!-- open", "<!-- whole -->", "-->", "<pre>", "</pre>", "<script", "</script>", "<x y='z'>", "<x y=\"z\" q>", "</x >", "<x", "<?php", "?>", "<!D x>", "<![CDATA[", "]]>", "<span>a", "<textarea>", "<h1>x</h1>",
        "[a]: /url", "[a]: <x y> 'title'", "[a]: /url 'open", "closed'", "[b]:", "/later", "[c]: /u \"t\" x", "[d]", "[e]: /u (t)", "[f", "g]: /u", "[a]", "", "", "", "   ", "\t", "+ x", "+", "*", "1.", "1. y", "3. z", "12345678901. n", "a | b", "--- | ---", "|---|", "- [ ] task", "> quoted", "é東🙂", "&copy; &#35; x", "**bold", "title  ", @"title\", "title `x",
    ];

    public static string Next(Random dice)
    {
        var text = new StringBuilder();
        var end = dice.Next(8) switch { 0 => "\r\n", 1 => "\r", _ => "\n" };
        if (dice.Next(20) == 0) text.Append("---").Append(end).Append("title: x").Append(end).Append(dice.Next(3) == 0 ? "..." : "---").Append(end);
        for (var i = dice.Next(1, 14); i > 0; i--)
        {
            for (var j = dice.Next(10) switch { < 4 => 0, < 8 => 1, 8 => 2, _ => 3 }; j > 0; j--) text.Append(_prefixes[dice.Next(_prefixes.Length)]);
            text.Append(_contents[dice.Next(_contents.Length)]);
            if (i > 1 || dice.Next(2) == 0) text.Append(end);
        }
        return text.ToString();
    }
}
