using Bunit;
using ControlChat.App.Ui;
using Xunit;

namespace ControlChat.Tests.App.Ui;

public sealed class SmallPartsTests : IDisposable
{
    private readonly BunitContext _page = new();

    public SmallPartsTests() => _page.JSInterop.Mode = JSRuntimeMode.Loose;

    public void Dispose() => _page.Dispose();

    [Fact]
    public void Before_becomes_after_for_ears_and_an_arrow_for_eyes()
    {
        var cell = _page.Render<Becomes>(p => p.Add(b => b.Before, "running").Add(b => b.After, "stopped"));
        Assert.Equal("running", cell.Find(".was").TextContent);
        Assert.Equal("stopped", cell.Find(".now").TextContent);
        Assert.Equal("becomes", cell.Find(".sr:not(.was .sr)").TextContent.Trim());
        Assert.Equal("true", cell.Find(".quiet").GetAttribute("aria-hidden"));
    }

    [Fact]
    public void An_addition_has_a_plus_a_removal_is_spoken_and_an_empty_value_is_named()
    {
        Assert.Equal("+\u00a02026", _page.Render<Becomes>(p => p.Add(b => b.Before, null).Add(b => b.After, "2026")).Find(".now").TextContent);
        Assert.Equal("removed: 2026", _page.Render<Becomes>(p => p.Add(b => b.Before, "2026").Add(b => b.After, null)).Find(".was").TextContent);
        Assert.Equal("(empty)", _page.Render<Becomes>(p => p.Add(b => b.Before, "x").Add(b => b.After, "")).Find(".now").TextContent);
    }

    [Fact]
    public void A_hidden_character_in_a_value_is_shown() =>
        Assert.Equal("a⟨U+200B⟩", _page.Render<Becomes>(p => p.Add(b => b.Before, "a").Add(b => b.After, "a\u200b")).Find(".now").TextContent);

    [Fact]
    public void A_diff_has_signs_in_the_text_and_counts()
    {
        var diff = _page.Render<Diff>(p => p.Add(d => d.Title, "README.md").Add(d => d.Before, "# a\nold\nend\n").Add(d => d.After, "# a\nnew\nmore\nend\n"));
        Assert.Equal([" # a", "-old", "+new", "+more", " end"], diff.FindAll("pre > span").Select(line => line.TextContent));
        Assert.Equal("+ 2 − 1", diff.Find(".diff-head .quiet").TextContent);
    }

    [Fact]
    public void A_diff_gives_back_both_sides_whatever_they_are()
    {
        var random = new Random(11);
        for (var round = 0; round < 300; round++)
        {
            var (a, b) = (Text(random), Text(random));
            var diff = LineDiff.Of(string.Join('\n', a), string.Join('\n', b));
            Assert.Equal(a, diff.Where(line => line.Kind != DiffKind.Added).Select(line => line.Text));
            Assert.Equal(b, diff.Where(line => line.Kind != DiffKind.Removed).Select(line => line.Text));
        }

        static string[] Text(Random random) => [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => ((char)('a' + random.Next(4))).ToString())];
    }

    [Fact]
    public void A_diff_of_very_long_texts_is_made_in_time()
    {
        var (a, b) = (string.Join('\n', Enumerable.Range(0, 50_000).Select(i => $"a{i}")), string.Join('\n', Enumerable.Range(0, 50_000).Select(i => $"b{i}")));
        Assert.Equal(100_000, LineDiff.Of(a, b).Count);
    }

    [Fact]
    public void Long_text_folds_to_twelve_lines_and_opens_to_all_of_it()
    {
        var text = string.Join('\n', Enumerable.Range(1, 40).Select(i => $"line {i}"));
        var folded = _page.Render<FoldedText>(p => p.Add(f => f.Text, text));
        Assert.Equal(12, folded.Find("pre").TextContent.TrimEnd('\n').Split('\n').Length);
        Assert.Equal("Show all 310 B", folded.Find("button").TextContent);
        folded.Find("button").Click();
        Assert.Equal(text, folded.Find("pre").TextContent);
        Assert.Empty(folded.FindAll("button"));
    }

    [Fact]
    public void One_endless_line_folds_too()
    {
        var folded = _page.Render<FoldedText>(p => p.Add(f => f.Text, new string('x', 5000)));
        Assert.Equal(2000, folded.Find("pre").TextContent.Length);
        Assert.Equal("Show all 4.9 KB", folded.Find("button").TextContent);
    }

    [Fact]
    public void A_tool_card_says_its_state_in_a_word()
    {
        var card = _page.Render<ToolCard>(p => p.Add(t => t.Name, "logs_search").Add(t => t.Look, ToolLook.Denied).Add(t => t.Sentence, "You may not read payments-sandbox.").Add(t => t.Arguments, "{}"));
        Assert.Contains("Denied", card.Find("summary").TextContent, StringComparison.Ordinal);
        Assert.Equal("No result yet.", card.Find(".tool-body p").TextContent);
    }

    [Theory]
    [InlineData("destructive", "Destructive", "danger")]
    [InlineData("billing", "Billing", "warn")]
    [InlineData("read", "Read", "tag")]
    [InlineData("teleport", "teleport", "tag")]
    public void A_scope_is_an_icon_and_a_word(string scope, string word, string tone)
    {
        var tag = _page.Render<ScopeTag>(p => p.Add(t => t.Scope, scope)).Find(".tag");
        Assert.Equal(word, tag.TextContent.Trim());
        Assert.Contains(tone, tag.ClassList);
    }

    [Fact]
    public void The_pager_has_two_directions_and_the_end_cannot_be_followed()
    {
        var pager = _page.Render<PagerNewerOlder>(p => p.Add(x => x.OlderHref, "/audit?before=9"));
        Assert.Equal("/audit?before=9", Assert.Single(pager.FindAll("a")).GetAttribute("href"));
        Assert.Equal("Newer", pager.Find("[aria-disabled=true]").TextContent);
    }

    [Fact]
    public void Each_filter_is_a_link_to_the_page_without_it()
    {
        var chips = _page.Render<FilterChips>(p => p.Add(c => c.Filters, [new ActiveFilter("Tool", "workspace.archive", "/audit"), new ActiveFilter("Who", "Mara", "/audit?tool=x")]).Add(c => c.ClearHref, "/audit"));
        Assert.Equal(["/audit", "/audit?tool=x"], chips.FindAll("a.chip").Select(a => a.GetAttribute("href")));
        Assert.Equal("Clear all", chips.Find("a.b").TextContent);
    }

    [Theory]
    [InlineData(30, "now")]
    [InlineData(240, "4 min")]
    [InlineData(3 * 3600, "3 h")]
    [InlineData(20 * 3600, "Fri 16:40")]
    [InlineData(165 * 86400, "9 Jun")]
    public void An_age_is_as_short_as_it_stays_clear(int secondsAgo, string text)
    {
        var now = new DateTimeOffset(2026, 11, 21, 11, 40, 0, TimeSpan.Zero);
        Assert.Equal(text, ReaderClock.In("Europe/Stockholm").Age(now.AddSeconds(-secondsAgo), now));
    }

    [Fact]
    public void Times_are_shown_in_the_readers_zone_and_in_utc_on_the_toggle()
    {
        var time = new DateTimeOffset(2026, 11, 21, 13, 3, 19, TimeSpan.Zero);
        Assert.Equal("14:03:19", ReaderClock.In("Europe/Stockholm").Seconds(time));
        Assert.Equal("13:03:19", ReaderClock.In("Europe/Stockholm", utc: true).Seconds(time));
        Assert.Equal("13:03:19", ReaderClock.In("Nowhere/Else").Seconds(time));
    }

    [Fact]
    public void A_dialog_opens_natively_and_tells_once_when_it_closes()
    {
        var told = 0;
        var dialog = _page.Render<Dialog>(p => p.Add(d => d.Title, "Delete payments-sandbox for good").Add(d => d.Alert, true).Add(d => d.Open, true).Add(d => d.OpenChanged, _ => told++).Add(d => d.Foot, "<button autofocus>Later</button>"));
        Assert.Equal("controlchat.dialog.open", Assert.Single(_page.JSInterop.Invocations).Identifier);
        Assert.Equal("alertdialog", dialog.Find("dialog").GetAttribute("role"));
        Assert.Equal(dialog.Find("dialog").GetAttribute("aria-labelledby"), dialog.Find("h2").Id);
        dialog.Find("dialog").TriggerEvent("onclose", EventArgs.Empty);
        dialog.Render(p => p.Add(d => d.Open, false));
        dialog.Find("dialog").TriggerEvent("onclose", EventArgs.Empty);
        Assert.Empty(dialog.FindAll("h2"));
        Assert.Equal(1, told);
    }
}
