using AngleSharp.Dom;
using Bunit;
using ControlChat.App.Ui;
using Xunit;

namespace ControlChat.Tests.App.Ui;

public sealed class MarkdownViewTests : IDisposable
{
    /// <summary>Elements that Markdown may become here. Anything else in the output would be a hole.</summary>
    private static readonly HashSet<string> Harmless =
        ["div", "p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "hr", "br", "em", "strong", "del", "code", "pre", "a", "span", "bdi",
         "table", "thead", "tbody", "tr", "th", "td", "button", "svg", "use"];

    private readonly BunitContext _page = new();

    public MarkdownViewTests() => _page.JSInterop.Mode = JSRuntimeMode.Loose;

    public void Dispose() => _page.Dispose();

    public static TheoryData<string> Attacks => [.. LinksAndMarkup, .. RestOfThem];

    private static readonly string[] LinksAndMarkup =
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        "<iframe src=\"javascript:alert(1)\"></iframe>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "text <b onmouseover=alert(1)>x</b> text",
        "<!-- --><script>alert(1)</script>",
        "<div\n><style>*{display:none}</style>",
        "<details open ontoggle=alert(1)>",
        "<math><mtext></p><img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](  javascript:alert(1)  )",
        "[x](<javascript:alert(1)>)",
        "[x](<java\tscript:alert(1)>)",
        "[x](java&#9;script:alert(1))",
        "[x](java&Tab;script:alert(1))",
        "[x](java&NewLine;script:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](&#x6A;&#x61;vascript&colon;alert&lpar;1&rpar;)",
        "[x](&#1;javascript:alert(1))",
        "[x](\u0001javascript:alert(1))",
        "[x](\u00a0javascript:alert(1))",
        "[x](\ufeffjavascript:alert(1))",
        "[x](javascript\u200b:alert(1))",
        "[x](javascript\\:alert(1))",
        "[x](vbscript:msgbox(1))",
        "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
        "[x](DATA:text/html,<script>alert(1)</script>)",
        "[x](file:///etc/passwd)",
        "[x](blob:https://a/b)",
        "[x](view-source:javascript:alert(1))",
        "[x](feed:javascript:alert(1))",
        "[x](jar:javascript:alert(1))",
        "[x](//evil.example)",
        "[x](/login?t=abc)",
        "[x](https:evil)",
        "[x](http:/\\evil.example)",
        "[x](https://you@evil.example)",
        "[x](https://good.example%00.evil.example)",
        "[x](https://good.example\u202emoc.live)",
        "[x]: javascript:alert(1)\n\n[x]",
        "[x][y]\n\n[y]: <javascript:alert(1)>",
    ];

    private static readonly string[] RestOfThem =
    [
        "<javascript:alert(1)>",
        "<data:text/html,x>",
        "<vbscript:x>",
        "javascript:alert(1) www.javascript:alert(1)",
        "![x](javascript:alert(1))",
        "![x](https://evil.example/pixel.png)",
        "![x](data:image/svg+xml;base64,AAAA)",
        "![onerror=alert(1)](x\" onerror=\"alert(1))",
        "[![x](https://evil.example/p.png)](javascript:alert(1))",
        "![a][b]\n\n[b]: https://evil.example/p.png \"t\\\" onload=alert(1)\"",
        "[x](https://a.example \"t\" onclick=\"alert(1)\")",
        "[x](https://a.example \"\\\"><script>alert(1)</script>\")",
        "```\"><script>alert(1)</script>\ncode</code></pre><script>alert(1)</script>\n```",
        "``` x\" onmouseover=\"alert(1)\ncode\n```",
        "`<img src=x onerror=alert(1)>`",
        "| <script>a</script> | [x](javascript:a) |\n|---|---|\n| <img src=x onerror=a> | ![x](https://e/x) |",
        "- [ ] <script>alert(1)</script>\n- [x] [x](javascript:alert(1))",
        "> > <iframe srcdoc='<script>alert(1)</script>'>",
        "# <script>alert(1)</script>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "\\<script>alert(1)</script>",
        "*<script>*alert(1)*</script>*",
        "a\n<script>\nalert(1)\n</script>\n\nb",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<?php echo 1 ?><script>alert(1)</script>",
        "{{constructor.constructor('alert(1)')()}}",
        "[a](https://a.example){onclick=alert(1)}",
        "# h {#x onclick=alert(1)}",
    ];

    [Theory, MemberData(nameof(Attacks))]
    public void Nothing_written_becomes_markup_a_request_or_a_foreign_scheme(string attack)
    {
        var view = Show(attack);
        var elements = view.FindAll(".prose *").ToArray();
        Assert.Equal([], elements.Select(e => e.LocalName).Where(name => !Harmless.Contains(name)));
        Assert.Equal([], elements.SelectMany(e => e.Attributes).Where(a => a.Name.StartsWith("on", StringComparison.OrdinalIgnoreCase) || a.Name is "src" or "srcdoc" or "style" or "srcset" or "background").Select(a => a.OuterHtml()));
        foreach (var link in elements.Where(e => e.LocalName == "a"))
        {
            Assert.Matches("^(https?://|mailto:)", link.GetAttribute("href")!);
            Assert.Equal("noopener noreferrer nofollow", link.GetAttribute("rel"));
            Assert.Equal("_blank", link.GetAttribute("target"));
        }
        Assert.Equal([], elements.Where(e => e.LocalName == "use").Select(e => e.GetAttribute("href")).Where(href => href != "/icons.svg#copy"));
    }

    [Theory]
    [InlineData("[x](https://a.example/p?q=1#f)", "https://a.example/p?q=1#f")]
    [InlineData("[x](HTTP://A.example)", "http://a.example/")]
    [InlineData("<https://a.example/b>", "https://a.example/b")]
    [InlineData("see https://a.example/b.", "https://a.example/b")]
    [InlineData("[x](mailto:mara@halden.example)", "mailto:mara@halden.example")]
    [InlineData("<mara@halden.example>", "mailto:mara@halden.example")]
    [InlineData("[x](https://a.example/?a=1&amp;b=2)", "https://a.example/?a=1&b=2")]
    public void Ordinary_links_work(string markdown, string href) => Assert.Equal(href, Show(markdown).Find("a").GetAttribute("href"));

    [Fact]
    public void A_refused_link_keeps_its_words_and_shows_where_it_wanted_to_lead()
    {
        var view = Show("[the report](javascript:alert(1))");
        Assert.Empty(view.FindAll("a"));
        Assert.Equal("the report javascript:alert(1)", view.Find("p").TextContent);
    }

    [Fact]
    public void An_image_becomes_its_words_and_a_link()
    {
        var view = Show("![a chart](https://a.example/c.png)");
        Assert.Empty(view.FindAll("img"));
        Assert.Equal("Image not loaded: a chart https://a.example/c.png", view.Find("p").TextContent);
        Assert.Equal("https://a.example/c.png", view.Find("a").GetAttribute("href"));
    }

    [Fact]
    public void Headings_stand_below_those_of_the_page()
    {
        var view = Show("# One\n\n## Two\n\n###### Six");
        Assert.Equal(["h3:One", "h4:Two", "h6:Six"], view.FindAll("h1,h2,h3,h4,h5,h6").Select(h => $"{h.LocalName}:{h.TextContent}"));
    }

    [Fact]
    public void Text_emphasis_lists_and_quotes_come_out_as_written()
    {
        var view = Show("A **bold** and *soft* ~~gone~~ `code`.\n\n- one\n- two\n  - inner\n\n3. three\n4. four\n\n> said\n\n---");
        Assert.Equal("A bold and soft gone code.", view.Find("p").TextContent);
        Assert.Equal("bold", view.Find("strong").TextContent);
        Assert.Equal("soft", view.Find("em").TextContent);
        Assert.Equal("gone", view.Find("del").TextContent);
        Assert.Equal("inner", view.Find("ul ul li").TextContent);
        Assert.Equal("3", view.Find("ol").GetAttribute("start"));
        Assert.Equal("said", view.Find("blockquote p").TextContent);
        Assert.Single(view.FindAll("hr"));
    }

    [Fact]
    public void A_table_scrolls_in_its_own_box()
    {
        var view = Show("| a | b |\n|---|---|\n| 1 | **2** |");
        Assert.Equal(["a", "b"], view.FindAll(".scroll > table th").Select(c => c.TextContent));
        Assert.Equal(["1", "2"], view.FindAll(".scroll td").Select(c => c.TextContent));
    }

    [Theory]
    [InlineData("| a |\n|---|\n| `x\\|y` |", "td code", "x|y")]
    [InlineData("| a |\n|---|\n| **`x\\|y`** |", "td code", "x|y")]
    [InlineData("`x\\|y`", "p code", "x\\|y")]
    public void Only_a_cell_takes_the_escape_off_a_bar_in_code(string markdown, string where, string text) => Assert.Equal(text, Show(markdown).Find(where).TextContent);

    [Fact]
    public void Code_keeps_every_character_and_can_be_copied()
    {
        var view = Show("```sh\nnpm ci \\\n  --prefix <src> & \"x\"\n```");
        Assert.Equal("npm ci \\\n  --prefix <src> & \"x\"", view.Find("pre code").TextContent);
        Assert.Equal("sh", view.Find(".code-head .grow").TextContent);
        Assert.NotNull(view.Find("button[data-copy]"));
    }

    [Fact]
    public void Characters_nobody_sees_are_marked_in_text_and_in_code()
    {
        var view = Show("pay\u200bpal\n\n```\nif (a\u202e)\n```");
        Assert.Equal("pay⟨U+200B⟩pal", view.Find("p").TextContent);
        Assert.Equal("if (a⟨U+202E⟩)", view.Find("pre code").TextContent);
    }

    [Fact]
    public void Text_nested_deeper_than_anybody_writes_is_shown_as_it_is()
    {
        var deep = new string('>', 5000) + " x";
        Assert.Contains(deep, Show(deep).Find("pre code").TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[[[[[[[[[[[[[[[[[[[[")]
    [InlineData("**__**__**__ `` ` ~~ |||| \n|-|\n|")]
    [InlineData("\u0000\ud800 x")]
    [InlineData("")]
    [InlineData("   \n\t\n")]
    [InlineData("[a]: b\n[a]: c\n[a][a][a]")]
    public void Broken_markdown_is_drawn_all_the_same(string markdown) => Assert.NotNull(Show(markdown).Find(".prose"));

    [Fact]
    public void An_answer_that_grows_is_drawn_anew()
    {
        var view = Show("one");
        view.Render(p => p.Add(v => v.Text, "one **two**"));
        Assert.Equal("one two", view.Find("p").TextContent);
    }

    private IRenderedComponent<MarkdownView> Show(string text) => _page.Render<MarkdownView>(p => p.Add(v => v.Text, text));
}

internal static class AttributeText
{
    public static string OuterHtml(this IAttr attribute) => $"{attribute.Name}={attribute.Value}";
}
