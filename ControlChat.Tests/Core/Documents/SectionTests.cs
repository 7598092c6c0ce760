using System.Text;
using ControlChat.Core.Documents;
using Xunit;

namespace ControlChat.Tests.Core.Documents;

public sealed class SectionTests
{
    [Fact]
    public void Sections_are_listed_with_level_lines_content_and_occurrence()
    {
        var document = Read("""
            ---
            title: no heading
            ---
            before

            # Report
            ## Introduction

            Words *here*.
            ## Empty

            ## `Code` and [a link][1] &amp; more
            Setext
            of two lines
            ---
            x
            ## Empty
            > # quoted
            - # in a list

            [1]: /url
            """);
        Assert.Equal(
        [
            (1, "Report", 6, 21, false, 1), (2, "Introduction", 7, 9, true, 1), (2, "Empty", 10, 11, false, 1), (2, "Code and a link & more", 12, 12, false, 1),
            (2, "Setext of two lines", 13, 16, true, 1), (2, "Empty", 17, 21, true, 2),
        ], document.Headings.Select(h => (h.Level, h.Title, h.Line, h.LastLine, h.HasContent, h.Occurrence)));
        Assert.Equal("## Introduction\n\nWords *here*.\n", document.TextOf(document.Headings[1]));
    }

    [Fact]
    public void A_section_ends_at_the_next_heading_of_its_level_or_above()
    {
        var document = Read("# A\n### B\nb\n## C\nc\n# D\n");
        Assert.Equal(["# A\n### B\nb\n## C\nc\n", "### B\nb\n", "## C\nc\n", "# D\n"], document.Headings.Select(document.TextOf));
    }

    [Theory]
    [InlineData("Introduction", null, "Introduction", 3)]
    [InlineData("INTRODUCTION", 1, "Introduction", 3)]
    [InlineData("  see   also ", null, "See  also", 5)]
    [InlineData("intro*", 1, "Introduction", 3)]
    [InlineData("*also*", null, "See  also", 5)]
    [InlineData("introduction", 2, "introduction", 9)]
    [InlineData("Same", 2, "Same", 8)]
    [InlineData("", null, "", 10)]
    [InlineData("What? [*]", null, "What? [*]", 11)]
    public void A_section_is_found_by_its_title_then_without_case_then_by_wildcards(string pattern, int? occurrence, string title, int line)
    {
        var document = Read("# Title\n\n## Introduction\n\n## See  also\n\n## Same\n## Same\n## introduction\n#\n# What? \\[\\*]\n");
        if (pattern is "INTRODUCTION" or "intro*") Assert.IsType<SectionSearch.Refused>(SectionSearch.In(document, pattern, null));
        var found = SectionSearch.In(document, pattern, pattern == "introduction" ? null : occurrence);
        Assert.Equal((title, line), found is SectionSearch.Found { Heading: var heading } ? (heading.Title, heading.Line) : ("not found", 0));
    }

    [Fact]
    public void What_fits_more_than_one_or_none_is_refused_with_candidates()
    {
        var document = Read("# One two\n# Same\n# Same\n# Other\n");
        var several = Assert.IsType<SectionSearch.Refused>(SectionSearch.In(document, "Same", null));
        Assert.Equal([2, 3], several.Candidates.Select(c => c.Line));
        Assert.IsType<SectionSearch.Refused>(SectionSearch.In(document, "Same", 3));
        Assert.IsType<SectionSearch.Refused>(SectionSearch.In(document, "Same", 0));
        var none = Assert.IsType<SectionSearch.Refused>(SectionSearch.In(document, "two", null));
        Assert.Contains("One two", none.Candidates.Select(c => c.Title));
    }

    [Fact]
    public void What_is_not_utf8_is_no_document()
    {
        Assert.Null(SectionedDocument.Read([0xFF, 0xFE, (byte)'#', 0]));
        Assert.Equal("Ä", SectionedDocument.Read([0xEF, 0xBB, 0xBF, .. "# Ä"u8])!.Headings[0].Title);
    }

    [Fact]
    public void Deep_nesting_takes_no_longer_than_it_must()
    {
        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        foreach (var mark in new[] { ">", "- ", "1. ", "[", "<a ", "``` `\n", "[a]: /u '\n", "*", "# [\n" })
        {
            var text = string.Concat(Enumerable.Repeat(mark, 100_000 / mark.Length)) + "\n" + string.Concat(Enumerable.Repeat("\n  x\n", 20_000));
            Assert.NotNull(Read(text).Headings);
        }
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(20), $"{System.Diagnostics.Stopwatch.GetElapsedTime(since)}");
    }

    private static SectionedDocument Read(string text) => SectionedDocument.Read(Encoding.UTF8.GetBytes(text))!;
}
