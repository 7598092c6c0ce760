using System.Text;
using ControlChat.Core.Documents;
using Xunit;

namespace ControlChat.Tests.Core.Documents;

public sealed class EditingTests
{
    [Theory]
    [InlineData("# A\n\nold\n\n# B\nb\n", "A", "new", "# A\n\nnew\n\n# B\nb\n")]
    [InlineData("# A\nold\n# B\nb\n", "A", "new\n\n", "# A\nnew\n# B\nb\n")]
    [InlineData("# A\n# B\n", "A", "new", "# A\n\nnew\n\n# B\n")]
    [InlineData("# A\n\n\n# B\n", "A", "new", "# A\n\nnew\n\n# B\n")]
    [InlineData("# A", "A", "new", "# A\n\nnew")]
    [InlineData("# A\n", "A", "new", "# A\n\nnew\n")]
    [InlineData("# A\n\nold", "A", "new", "# A\n\nnew")]
    [InlineData("# A\n\nold\n\n\n", "A", "new", "# A\n\nnew\n\n\n")]
    [InlineData("# A\r\n\r\nold\r\n", "A", "new\nlines\n", "# A\r\n\r\nnew\r\nlines\r\n")]
    [InlineData("# A\r\rold\r# B\r", "A", "x\ny", "# A\r\rx\ry\r# B\r")]
    [InlineData("# A\n\nold\n\n# B\n", "A", "", "# A\n\n# B\n")]
    [InlineData("# A\n\nold", "A", "", "# A")]
    [InlineData("A\n===\nold\n\nB\n---\nb\n\nC\n===\n", "A", "new", "A\n===\nnew\n\nC\n===\n")]
    [InlineData("# A\n\n    old code\n", "A", "    new code\n", "# A\n\n    new code\n")]
    [InlineData("# A\n\n```\nx\n```\nT\n===\n", "A", "para", "# A\n\npara\n\nT\n===\n")]
    [InlineData("# A\nx\n# B\n", "A", "<div>", "# A\n<div>\n\n# B\n")]
    [InlineData("x\n\n# A *b*  ##\n\nold\n", "a B", "# A *b*\n\nnew", "x\n\n# A *b*  ##\n\nnew\n")]
    public void A_section_gets_other_content_and_all_around_it_stays(string before, string pattern, string content, string after)
    {
        Assert.Equal(after, Edited(before, new DocumentEdit.ReplaceSection(pattern, content)));
    }

    [Theory]
    [InlineData("# A\n\nold\n\n# B\n", "## New\n\ntext", "## New\n\ntext\n\n# B\n")]
    [InlineData("# B\n\n# A\n\nold", "", "# B")]
    [InlineData("# B\n\n# A\n\nold\n", "", "# B\n\n")]
    [InlineData("# A\nold\n# B\n", "# C", "# C\n# B\n")]
    public void Without_its_heading_the_whole_section_is_replaced(string before, string content, string after)
    {
        Assert.Equal(after, Edited(before, new DocumentEdit.ReplaceSection("A", content, KeepHeading: false)));
    }

    [Theory]
    [InlineData("```\nnever closed")]
    [InlineData("<!-- never closed")]
    [InlineData("<pre>")]
    public void Content_that_would_swallow_what_follows_is_refused(string content)
    {
        var refused = Assert.IsType<DocumentEditing.Refused>(Apply("# A\n\nold\n\n# B\n", new DocumentEdit.ReplaceSection("A", content)));
        Assert.Equal(0, refused.Edit);
        Assert.NotEmpty(refused.Why);
    }

    [Fact]
    public void Content_that_is_no_text_is_refused()
    {
        foreach (var content in new[] { "half \uD800 a character", "zero \0" }) Assert.IsType<DocumentEditing.Refused>(Apply("# A\n\nold\n", new DocumentEdit.ReplaceSection("A", content)));
    }

    [Fact]
    public void Messages_say_what_the_content_does_to_the_document()
    {
        Assert.Contains(Messages("# A\n\nold\n", new DocumentEdit.ReplaceSection("A", "# A\nnew")), m => m.Contains("stands only once", StringComparison.Ordinal));
        Assert.Contains(Messages("# A\n\nold\n", new DocumentEdit.ReplaceSection("A", "x\n\n# Z\n")), m => m.Contains("'Z'", StringComparison.Ordinal));
        Assert.Contains(Messages("# A\n\nold\n", new DocumentEdit.ReplaceSection("A", "plain", KeepHeading: false)), m => m.Contains("section before", StringComparison.Ordinal));
        Assert.Contains(Messages("# A\n\nold\n", new DocumentEdit.ReplaceSection("A", "```\nopen")), m => m.Contains("a code fence", StringComparison.Ordinal));
        Assert.Empty(Messages("# A\n\nold\n", new DocumentEdit.ReplaceSection("A", "## Below\n\nfine")));
    }

    [Fact]
    public void A_table_of_contents_is_made_between_its_marks_and_making_it_again_changes_nothing()
    {
        var before = "# T\r\n\r\n<!-- toc -->\r\nold\r\n<!-- /toc -->\r\n\r\n## One & *two*\r\n### `Sub` [x]\r\n## Same\r\n## Same\r\n#### Too deep\r\n";
        var after = "# T\r\n\r\n<!-- toc -->\r\n\r\n- [One \\& two](#one--two)\r\n  - [Sub \\[x\\]](#sub-x)\r\n- [Same](#same)\r\n- [Same](#same-1)\r\n\r\n<!-- /toc -->\r\n\r\n## One & *two*\r\n### `Sub` [x]\r\n## Same\r\n## Same\r\n#### Too deep\r\n";
        Assert.Equal(after, Edited(before, new DocumentEdit.GenerateToc()));
        Assert.Equal(after, Edited(after, new DocumentEdit.GenerateToc()));
        foreach (var bad in new[] { "# T\n", "<!-- toc -->\n", "```\n<!-- toc -->\n<!-- /toc -->\n```\n", "<!-- /toc -->\n\n<!-- toc -->\n", "<!-- toc -->\n# Within\n<!-- /toc -->\n", "<!-- toc -->\n\n<!-- toc -->\n\n<!-- /toc -->\n" })
            Assert.IsType<DocumentEditing.Refused>(Apply(bad, new DocumentEdit.GenerateToc()));
        Assert.IsType<DocumentEditing.Refused>(Apply(before, new DocumentEdit.GenerateToc(3, 2)));
    }

    [Fact]
    public void Edits_are_made_in_order_and_all_or_none()
    {
        const string Before = "# A\n\na\n\n# B\n\nb\n";
        Assert.Equal("# A\n\n## New\n\nchanged\n\n# B\n\n2\n", Edited(Before, new DocumentEdit.ReplaceSection("A", "## New\n\nx"), new DocumentEdit.ReplaceSection("New", "changed"), new DocumentEdit.ReplaceSection("B", "2")));
        var refused = Assert.IsType<DocumentEditing.Refused>(Apply(Before, new DocumentEdit.ReplaceSection("A", "x"), new DocumentEdit.ReplaceSection("Nowhere", "y")));
        Assert.Equal(1, refused.Edit);
        Assert.NotEmpty(refused.Candidates);
        Assert.IsType<DocumentEditing.Refused>(Apply(Before));
        Assert.IsType<DocumentEditing.Refused>(DocumentEditor.Apply([0xFF], [new DocumentEdit.GenerateToc()]));
    }

    [Fact]
    public void Whatever_the_document_and_the_content_are_what_is_around_the_section_stays()
    {
        var seed = Random.Shared.Next();
        var dice = new Random(seed);
        var made = 0;
        for (var i = 0; i < 6_000; i++)
        {
            var before = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 3).Select(_ => RandomMarkdown.Next(dice))));
            var document = SectionedDocument.Read(before)!;
            if (document.Headings.Count == 0) continue;
            var heading = document.Headings[dice.Next(document.Headings.Count)];
            var keep = dice.Next(3) > 0;
            if (DocumentEditor.Apply(before, [new DocumentEdit.ReplaceSection(heading.Title, RandomMarkdown.Next(dice), keep, heading.Occurrence)]) is not DocumentEditing.Edited edited) continue;
            made++;
            var kept = keep ? heading.BodyStart : heading.Start;
            var tail = before.Length - heading.End;
            Assert.True(before.AsSpan(0, Math.Min(kept, edited.Bytes.Length)).TrimEnd(" \t\r\n"u8).SequenceEqual(edited.Bytes.AsSpan(0, Math.Min(kept, edited.Bytes.Length)).TrimEnd(" \t\r\n"u8)), $"seed {seed}, document {i}: the beginning changed");
            Assert.True(before.AsSpan(heading.End).SequenceEqual(edited.Bytes.AsSpan(edited.Bytes.Length - tail)), $"seed {seed}, document {i}: the end changed");
            var again = SectionedDocument.Read(edited.Bytes)!;
            Assert.Equal(document.Headings.Where(h => h.Start >= heading.End).Select(h => h.Title), again.Headings.Skip(again.Headings.Count - document.Headings.Count(h => h.Start >= heading.End)).Select(h => h.Title));
        }
        Assert.True(made > 500, $"only {made} edits were made");
    }

    private static DocumentEditing Apply(string before, params DocumentEdit[] edits) => DocumentEditor.Apply(Encoding.UTF8.GetBytes(before), edits);

    private static string Edited(string before, params DocumentEdit[] edits) => Encoding.UTF8.GetString(Assert.IsType<DocumentEditing.Edited>(Apply(before, edits)).Bytes);

    private static IReadOnlyList<string> Messages(string before, DocumentEdit edit) => Assert.IsType<DocumentEditing.Edited>(Apply(before, edit)).Messages;
}
