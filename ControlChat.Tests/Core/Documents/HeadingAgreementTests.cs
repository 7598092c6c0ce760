using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Documents;
using Xunit;

namespace ControlChat.Tests.Core.Documents;

/// <summary>The scanner finds the headings that a whole parse finds.</summary>
public sealed class HeadingAgreementTests
{
    [Fact]
    public void On_every_example_of_the_specification()
    {
        var examples = Examples().ToList();
        Assert.Equal(652, examples.Count);
        Assert.Empty(examples.Select((e, i) => Difference($"example {i + 1}", e)).OfType<string>());
    }

    // Fixed seeds: about one random document in six thousand shows Markdig where it departs from the specification, as in the last test here.
    [Theory]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(202)]
    [InlineData(203)]
    public void On_the_examples_one_after_the_other_in_any_order(int seed)
    {
        var examples = Examples().ToArray();
        var dice = new Random(seed);
        Assert.Empty(Enumerable.Range(0, 1_000).Select(_ => Difference($"seed {seed}",
            string.Concat(Enumerable.Range(0, dice.Next(2, 5)).Select(_ => examples[dice.Next(examples.Length)] + (dice.Next(2) == 0 ? "\n" : ""))))).OfType<string>().Take(10));
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void On_every_example_with_other_line_ends(string lineEnd) =>
        Assert.Empty(Examples().Select(e => Difference("example", e.Replace("\n", lineEnd, StringComparison.Ordinal))).OfType<string>());

    [Theory]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(102)]
    [InlineData(103)]
    [InlineData(104)]
    [InlineData(105)]
    public void On_random_documents(int seed)
    {
        var dice = new Random(seed);
        Assert.Empty(Enumerable.Range(0, 3_000).Select(_ => Difference($"seed {seed}", RandomMarkdown.Next(dice))).OfType<string>().Take(10));
    }

    /// <summary>Judged by the specification, with micromark as a second reader.</summary>
    [Theory]
    [InlineData("- - -\n   ##\n", "2 ")]
    [InlineData("[a]: /url\n---\nx\n---\n", "2 x")]
    [InlineData("[a]: /url\n=\n- \n", "2 =")]
    [InlineData("[a]: /url\n---\n<x y='z'>\n# in HTML\n", "")]
    [InlineData("[a]: /url\n-\n  foo\n-\n", "2 - foo")]
    public void Where_Markdig_departs_from_the_specification_the_specification_holds(string text, string headings)
    {
        Assert.Equal(headings, string.Join('|', SectionedDocument.Read(Encoding.UTF8.GetBytes(text))!.Headings.Select(h => $"{h.Level} {h.Title}")));
    }

    private static IEnumerable<string> Examples()
    {
        using var stream = typeof(HeadingAgreementTests).Assembly.GetManifestResourceStream("ControlChat.Tests.Core.Documents.commonmark-0.31.2.json")!;
        return [.. JsonNode.Parse(stream)!["examples"]!.AsArray().Select(e => e!["markdown"]!.GetValue<string>())];
    }

    private static string? Difference(string what, string text)
    {
        var expected = MarkdigHeadings.Of(text);
        var found = SectionedDocument.Read(Encoding.UTF8.GetBytes(text))!.Headings.Select(h => $"{h.Level} {h.Title}").ToList();
        return expected.SequenceEqual(found) ? null : $"{what}: expected [{string.Join("|", expected)}], found [{string.Join("|", found)}] in {System.Text.Json.JsonSerializer.Serialize(text)}";
    }
}
